package io.millrace.learner.replay;

/**
 * What replay may keep.
 *
 * @param policy which images to keep: {@code fifo} or {@code reservoir}
 * @param images images at most
 * @param mebibytes MiB of pixels at most
 * @param maxSide longest side in pixels that images are shrunk to before anything else sees them
 */
public record ReplaySettings(String policy, int images, int mebibytes, int maxSide) {
  public ReplaySettings {
    ReplayPolicy.named(policy);
    if (images < 1 || images > 10_000_000) {
      throw new IllegalArgumentException("images is " + images + ": expected 1 to 10000000");
    }
    if (mebibytes < 1 || mebibytes > 1_048_576) {
      throw new IllegalArgumentException("mebibytes is " + mebibytes + ": expected 1 to 1048576");
    }
    if (maxSide < 8 || maxSide > 4096) {
      throw new IllegalArgumentException("maxSide is " + maxSide + ": expected 8 to 4096");
    }
  }

  /** A reservoir of 20,000 images in at most 256 MiB, sides of at most 128 pixels. */
  public static ReplaySettings defaults() {
    return new ReplaySettings("reservoir", 20_000, 256, 128);
  }
}
