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

  @Override
  public void change(float[] view, int side, int row, ViewRandom draws) {
    KeyedRandom random = draws.of("jitter", row);
    if (random.nextDouble() >= probability) {
      return;
    }
    int plane = side * side;
    float b = (float) random.uniform(1 - brightness, 1 + brightness);
    float c = (float) random.uniform(1 - contrast, 1 + contrast);
    float s = (float) random.uniform(1 - saturation, 1 + saturation);
    float h = (float) random.uniform(-hue, hue);
    if (brightness > 0) {
      for (int i = 0; i < view.length; i++) {
        view[i] = bounded(b * view[i]);
      }
    }
    if (contrast > 0) {
      float gray = (float) Spread.of(Luminance.of(view, plane), 0, plane).mean() * (1 - c);
      for (int i = 0; i < view.length; i++) {
        view[i] = bounded(c * view[i] + gray);
      }
    }
    if (saturation > 0) {
      float[] gray = Luminance.of(view, plane);
      for (int from = 0; from < 3 * plane; from += plane) {
        for (int i = 0; i < plane; i++) {
          view[from + i] = bounded(s * view[from + i] + (1 - s) * gray[i]);
        }
      }
    }
    if (hue > 0) {
      turn(view, plane, 6 * h);
    }
  }

  private static float bounded(float x) {
    return Math.max(0, Math.min(1, x));
  }

  /** Turns the hue of each pixel by so many sixths, −3 to 3. */
  private static void turn(float[] view, int plane, float by) {
    for (int i = 0; i < plane; i++) {
      float r = view[i];
      float g = view[plane + i];
      float b = view[2 * plane + i];
      float v = Math.max(r, Math.max(g, b));
      float c = v - Math.min(r, Math.min(g, b));
      if (c == 0) {
        continue; // a gray has no hue
      }
      float sixths = r == v ? (g - b) / c : g == v ? 2 + (b - r) / c : 4 + (r - g) / c;
      sixths += by;
      view[i] = channel(sixths + 5, v, c);
      view[plane + i] = channel(sixths + 3, v, c);
      view[2 * plane + i] = channel(sixths + 1, v, c);
    }
  }

  /** V − C·clamp(min(k, 4 − k), 0, 1) of k mod 6, k being −6 to 18. */
  private static float channel(float k, float v, float c) {
    float in = k < 0 ? k + 6 : k;
    in = in >= 12 ? in - 12 : in >= 6 ? in - 6 : in;
    return v - c * bounded(Math.min(in, 4 - in));
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
