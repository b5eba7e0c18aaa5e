package io.millrace.learner.augment;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;

/**
 * Folds the way from colors to gray into a network's first convolution, so that it makes of a
 * colored image what it made of the gray one on three channels:
 *
 * <pre>
 * W'_oc = Σ_d W_od / s_d · l_c s_c                  l: luminance, m and s: mean and deviation
 * what is left of the means, Σ_d W_od (Σ_c l_c m_c − m_d) / s_d over the kernel, goes into the bias,
 * or out of the running mean of the normalization that follows
 * </pre>
 *
 * Exact but at the border, where the padding is each channel's mean and not gray's.
 */
public final class LuminanceFold {
  private static final double[] LUMINANCE = {Luminance.RED, Luminance.GREEN, Luminance.BLUE};

  private LuminanceFold() {}

  /**
   * Folds it in, in place.
   *
   * @param network one whose first layer is a convolution of three channels, with a bias or with
   *     batch normalization after it
   * @throws IllegalArgumentException naming a network that begins otherwise
   */
  public static void into(Engine engine, Network network, Preprocessing preprocessing) {
    SegmentLayout layout = network.layout();
    Segment first = layout.parameters().get(0);
    boolean biased = layout.parameters().get(1).kind() == Segment.Kind.BIAS;
    if (first.kind() != Segment.Kind.CONV_WEIGHT
        || first.shape().get(1) != LUMINANCE.length
        || !(biased || layout.statisticCount() > 0)) {
      throw new IllegalArgumentException(
          "network "
              + network.spec().name()
              + " begins with "
              + first.name()
              + " "
              + first.shape()
              + ": expected a convolution of three channels with a bias or batch normalization");
    }
    int outputs = Math.toIntExact(first.shape().get(0));
    int cells = Math.toIntExact(first.size() / outputs / LUMINANCE.length);
    double[] mean = new double[LUMINANCE.length];
    double[] deviation = new double[LUMINANCE.length];
    double gray = 0;
    for (int c = 0; c < LUMINANCE.length; c++) {
      mean[c] = preprocessing.mean().get(c);
      deviation[c] = preprocessing.std().get(c);
      gray += LUMINANCE[c] * mean[c];
    }
    Segment after = biased ? layout.parameters().get(1) : layout.statistics().get(0);
    Tensor target = biased ? network.parameters() : network.statistics();
    try (var scope = engine.scope()) {
      Tensor weights = network.parameters().slice(0, 0, first.size());
      double[] w = weights.toDoubles();
      double[] left = new double[outputs];
      for (int o = 0; o < outputs; o++) {
        for (int i = 0; i < cells; i++) {
          double sum = 0;
          for (int c = 0; c < LUMINANCE.length; c++) {
            double scaled = w[(o * LUMINANCE.length + c) * cells + i] / deviation[c];
            sum += scaled;
            left[o] += scaled * (gray - mean[c]);
          }
          for (int c = 0; c < LUMINANCE.length; c++) {
            w[(o * LUMINANCE.length + c) * cells + i] = sum * LUMINANCE[c] * deviation[c];
          }
        }
      }
      weights.copyIn(engine.tensor(w, w.length));
      target
          .slice(0, after.offset(), after.offset() + outputs)
          .addIn(biased ? 1 : -1, engine.tensor(left, outputs));
    }
  }
}
