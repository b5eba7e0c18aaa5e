package io.millrace.learner.augment;

import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * Brightness, contrast, saturation and hue, with torchvision's meaning, with a probability for all
 * four together. Factors are drawn from [1 − s, 1 + s], the hue shift h from ± hue turns:
 *
 * <ul>
 *   <li>brightness: f·x
 *   <li>contrast: f·x + (1 − f)·(mean gray of the view)
 *   <li>saturation: f·x + (1 − f)·gray(x)
 *   <li>hue: H + h mod 1 in HSV
 * </ul>
 *
 * each bounded to [0, 1]. torchvision draws the order for each image; here it is this one, so that
 * a batch is one computation.
 */
record ColorJitter(
    double probability, double brightness, double contrast, double saturation, double hue)
    implements ViewTransform {

  @Override
  public Tensor apply(Engine engine, Tensor views, ViewRandom draws) {
    int rows = draws.rows();
    float[] b = new float[rows];
    float[] c = new float[rows];
    float[] s = new float[rows];
    float[] h = new float[rows];
    for (int row = 0; row < rows; row++) {
      KeyedRandom random = draws.of("jitter", row);
      boolean apply = random.nextDouble() < probability;
      b[row] = apply ? (float) random.uniform(1 - brightness, 1 + brightness) : 1;
      c[row] = apply ? (float) random.uniform(1 - contrast, 1 + contrast) : 1;
      s[row] = apply ? (float) random.uniform(1 - saturation, 1 + saturation) : 1;
      h[row] = apply ? (float) random.uniform(-hue, hue) : 0;
    }
    Tensor x = views;
    if (brightness > 0) {
      x = x.mul(ViewTransform.perRow(engine, b)).clamp(0, 1);
    }
    if (contrast > 0) {
      x = blend(x, Luminance.of(x).mean(true, 1, 2, 3), ViewTransform.perRow(engine, c));
    }
    if (saturation > 0) {
      x = blend(x, Luminance.of(x), ViewTransform.perRow(engine, s));
    }
    if (hue > 0) {
      x = turn(engine, x, ViewTransform.perRow(engine, h));
    }
    return x;
  }

  private static Tensor blend(Tensor x, Tensor other, Tensor factor) {
    return x.mul(factor).add(other.mul(factor.mul(-1).add(1))).clamp(0, 1);
  }

  /**
   * Turns the hue. With V the largest channel, C = V − the smallest and 6H the hue in sixths, a
   * channel is V − C·clamp(min(k, 4 − k), 0, 1), k = (n + 6H) mod 6, n = 5, 3, 1 for red, green,
   * blue.
   */
  private static Tensor turn(Engine engine, Tensor x, Tensor shift) {
    Tensor r = x.slice(1, 0, 1);
    Tensor g = x.slice(1, 1, 2);
    Tensor b = x.slice(1, 2, 3);
    Tensor v = x.max(true, 1);
    Tensor c = v.sub(x.min(true, 1));
    Tensor safe =
        c.add(c.equalTo(engine.zeros(1))); // 1 where the color is gray: the hue is 0 there
    Tensor red = r.equalTo(v);
    Tensor green = g.equalTo(v).mul(red.mul(-1).add(1));
    Tensor blue = red.add(green).mul(-1).add(1);
    Tensor sixths =
        red.mul(g.sub(b).div(safe))
            .add(green.mul(b.sub(r).div(safe).add(2)))
            .add(blue.mul(r.sub(g).div(safe).add(4)))
            .add(shift.mul(6));
    Tensor[] channels = new Tensor[3];
    for (int i = 0; i < 3; i++) {
      Tensor k = sixths.add(5 - 2 * i);
      k = k.sub(k.mul(1.0 / 6).floor().mul(6));
      channels[i] = v.sub(c.mul(k.minimum(k.mul(-1).add(4)).clamp(0, 1)));
    }
    return engine.concat(1, List.of(channels));
  }
}
