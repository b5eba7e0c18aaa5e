package io.millrace.learner.augment;

import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * One color channel of a view stays; the two others become noise about their usual mean, a
 * hundredth as strong as what stays varies, with a probability (Doersch et al. 2015, section 3.2).
 * So no lens's color fringes tell where a patch lay.
 *
 * @param probability of dropping
 * @param mean usual mean of red, green and blue
 */
record ColorDrop(double probability, List<Double> mean) implements ViewTransform {
  private static final double NOISE = 0.01;

  @Override
  public Tensor apply(Engine engine, Tensor views, ViewRandom draws) {
    int rows = draws.rows();
    int plane = (int) (views.size(2) * views.size(3));
    float[] stays = new float[rows * 3];
    float[] source = new float[rows * 3];
    float[] fill = new float[rows * 3];
    float[] noise = new float[rows * 3 * plane];
    for (int row = 0; row < rows; row++) {
      KeyedRandom random = draws.of("drop", row);
      boolean drop = random.nextDouble() < probability;
      int kept = random.nextInt(3);
      for (int c = 0; c < 3; c++) {
        int at = row * 3 + c;
        boolean gone = drop && c != kept;
        stays[at] = gone ? 0 : 1;
        source[at] = c == kept ? 1 : 0;
        fill[at] = gone ? mean.get(c).floatValue() : 0;
        for (int i = 0; gone && i < plane; i++) {
          noise[at * plane + i] = (float) (NOISE * random.nextGaussian());
        }
      }
    }
    Tensor centered = views.sub(views.mean(true, 2, 3));
    Tensor deviation = centered.mul(centered).mean(true, 2, 3).sqrt();
    Tensor strength = deviation.mul(perChannel(engine, source)).sum(true, 1);
    return views
        .mul(perChannel(engine, stays))
        .add(perChannel(engine, fill))
        .add(engine.tensor(noise, views.shape()).mul(strength));
  }

  @Override
  public void change(float[] view, int side, int row, ViewRandom draws) {
    KeyedRandom random = draws.of("drop", row);
    if (random.nextDouble() >= probability) {
      return;
    }
    int plane = side * side;
    int kept = random.nextInt(3);
    double strength = NOISE * Spread.of(view, kept * plane, plane).deviation();
    for (int c = 0; c < 3; c++) {
      for (int i = 0; c != kept && i < plane; i++) {
        view[c * plane + i] = (float) (mean.get(c) + strength * random.nextGaussian());
      }
    }
  }

  private static Tensor perChannel(Engine engine, float[] values) {
    return engine.tensor(values, values.length / 3, 3, 1, 1);
  }
}
