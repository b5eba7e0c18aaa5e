package io.millrace.learner.replay;

/**
 * What replay may keep.
 *
 * @param policy which images to keep: fifo, reservoir, minimum-redundancy, centroid-balance,
 *     age-limit or none; with none, no image is written anywhere
 * @param images images at most
 * @param mebibytes MiB of pixels and features at most; the neighbours that minimum-redundancy looks
 *     up take as much as the features once more
 * @param maxSide longest side in pixels that images are shrunk to before anything else sees them
 * @param maxAge an image goes once this many were offered after it; 0 for no limit, which age-limit
 *     needs
 * @param maxVisits an image goes once this many updates drew it from replay; 0 for no limit
 * @param groups groups that centroid-balance keeps of one size
 * @param featureMomentum share of an image's kept feature that stays when it is seen again, for
 *     policies that look at features
 * @param freshShare share of an update's images that may come straight from the stream, 0 to 1; the
 *     stream's other images are taken into replay first, and an update has them where it draws them
 *     from there. Under 1 near-duplicates, such as frames of one clip, do not meet in one update
 *     (Purushwalkam et al. 2022 draw every update from the buffer: 0); none needs 1
 */
public record ReplaySettings(
    String policy,
    int images,
    int mebibytes,
    int maxSide,
    long maxAge,
    long maxVisits,
    int groups,
    double featureMomentum,
    double freshShare) {
  public ReplaySettings {
    if (images < 1 || images > 10_000_000) {
      throw new IllegalArgumentException("images is " + images + ": expected 1 to 10000000");
    }
    if (mebibytes < 1 || mebibytes > 1_048_576) {
      throw new IllegalArgumentException("mebibytes is " + mebibytes + ": expected 1 to 1048576");
    }
    if (maxSide < 8 || maxSide > 4096) {
      throw new IllegalArgumentException("maxSide is " + maxSide + ": expected 8 to 4096");
    }
    if (maxAge < 0) {
      throw new IllegalArgumentException("maxAge is " + maxAge + ": expected 0 or more");
    }
    if (maxVisits < 0) {
      throw new IllegalArgumentException("maxVisits is " + maxVisits + ": expected 0 or more");
    }
    if (groups < 2 || groups > 65_536) {
      throw new IllegalArgumentException("groups is " + groups + ": expected 2 to 65536");
    }
    if (!(featureMomentum >= 0 && featureMomentum < 1)) {
      throw new IllegalArgumentException(
          "featureMomentum is " + featureMomentum + ": expected 0 up to but not 1");
    }
    if (!(freshShare >= 0 && freshShare <= 1)) {
      throw new IllegalArgumentException("freshShare is " + freshShare + ": expected 0 to 1");
    }
    if (freshShare < 1 && policy.equals(PolicyNames.NONE)) {
      throw new IllegalArgumentException(
          "freshShare is " + freshShare + ": expected 1 with none, which keeps no image to draw");
    }
    if (!PolicyNames.ALL.contains(policy)) {
      throw new IllegalArgumentException(
          "policy is '" + policy + "': expected one of " + PolicyNames.ALL);
    }
    if (policy.equals(PolicyNames.AGE_LIMIT) && maxAge == 0) {
      throw new IllegalArgumentException("maxAge is 0: expected 1 or more with age-limit");
    }
  }

  /** With no limit on age and visits; every image of the stream goes straight to an update. */
  public ReplaySettings(String policy, int images, int mebibytes, int maxSide) {
    this(policy, images, mebibytes, maxSide, 0, 0, 64, 0.5, 1);
  }

  /** A reservoir of 20,000 images in at most 256 MiB, sides of at most 128 pixels. */
  public static ReplaySettings defaults() {
    return new ReplaySettings("reservoir", 20_000, 256, 128);
  }

  /** Whether images may be kept at all. */
  public boolean keepsImages() {
    return !policy.equals(PolicyNames.NONE);
  }

  /** The same with another policy and capacity. */
  public ReplaySettings withPolicy(String policy, int images) {
    return new ReplaySettings(
        policy, images, mebibytes, maxSide, maxAge, maxVisits, groups, featureMomentum, freshShare);
  }

  /** The same with other limits on how long an image stays. */
  public ReplaySettings withRetention(long maxAge, long maxVisits) {
    return new ReplaySettings(
        policy, images, mebibytes, maxSide, maxAge, maxVisits, groups, featureMomentum, freshShare);
  }
}
