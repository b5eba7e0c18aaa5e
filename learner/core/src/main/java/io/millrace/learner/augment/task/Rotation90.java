package io.millrace.learner.augment.task;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.stream.LongStream;

/** Each view turned by 0, 90, 180 and 270 degrees, counter-clockwise. */
public final class Rotation90 {
  /** Turns of each view. */
  public static final int TURNS = 4;

  private Rotation90() {}

  /**
   * All turns of all views.
   *
   * @param views [rows, channels, side, side]
   * @return [rows · 4, channels, side, side], the turns of one view adjacent and in their order
   */
  public static Tensor of(Engine engine, Tensor views) {
    long side = views.size(2);
    long[] backwards = LongStream.range(0, side).map(i -> side - 1 - i).toArray();
    Tensor across = views.permute(0, 1, 3, 2);
    Tensor quarter = across.select(2, backwards);
    Tensor half = views.select(2, backwards).select(3, backwards);
    Tensor threeQuarters = across.select(3, backwards);
    return engine
        .concat(
            1,
            List.of(views, quarter, half, threeQuarters).stream()
                .map(turned -> turned.reshape(views.size(0), 1, views.size(1), side, side))
                .toList())
        .reshape(-1, views.size(1), side, side);
  }
}
