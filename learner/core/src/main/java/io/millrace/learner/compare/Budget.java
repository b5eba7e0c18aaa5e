package io.millrace.learner.compare;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What each method may spend: stream images, or time in which it learns. Only a budget of images
 * gives the same metrics again.
 *
 * @param images stream images, rounded up to whole batches; null for a budget of time
 * @param time time of learning; null for a budget of images
 */
public record Budget(@Nullable Long images, @Nullable Duration time) {
  public Budget {
    if ((images == null) == (time == null)) {
      throw new IllegalArgumentException("a budget is of images or of time: expected one of them");
    }
    if (images != null && images < 1) {
      throw new IllegalArgumentException("images is " + images + ": expected 1 or more");
    }
    if (time != null && (time.isNegative() || time.isZero())) {
      throw new IllegalArgumentException("time is " + time + ": expected over 0");
    }
  }

  /** A number of stream images. */
  public static Budget ofImages(long images) {
    return new Budget(images, null);
  }

  /** A time of learning. */
  public static Budget ofTime(Duration time) {
    return new Budget(null, time);
  }

  /** Share of the budget that is spent; 1 or more when it is over. */
  double spent(long learned, double seconds) {
    Long most = images;
    if (most != null) {
      return (double) learned / most;
    }
    return seconds / (java.util.Objects.requireNonNull(time).toNanos() / 1e9);
  }
}
