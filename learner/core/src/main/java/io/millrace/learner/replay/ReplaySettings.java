package io.millrace.learner.replay;

import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.ingest.settings.Spelling;

/**
 * What replay may keep. Purushwalkam et al. 2022 draw every update from the buffer: a {@code
 * freshShare} of 0.
 */
public record ReplaySettings(
    @Doc("which images to keep; with none, no image is written anywhere") Policy policy,
    @Doc("images at most") @Range(min = 1, max = 10_000_000) int images,
    @Doc(
            "MiB of images, as they are held, and of features at most; the neighbors that "
                + "minimum-redundancy looks up take as much as the features once more")
        @Range(min = 1, max = 1_048_576)
        int mebibytes,
    @Doc("longest side in pixels that images are shrunk to before anything else sees " + "them")
        @Range(min = 8, max = 4096)
        int maxSide,
    @Doc(
            "how images are held: as pixels, compressed (the file as it came, or where it "
                + "had to be shrunk a JPEG file of quality 0.9; decoded when drawn), or auto: "
                + "compressed where pixels would take 16 KiB or more, which is a square of 74, and "
                + "the file at most half of that. Another form holds for what comes from then on")
        Form form,
    @Doc(
            "an image goes once this many were offered after it; 0 for no limit, which "
                + "age-limit needs")
        @Range(min = 0)
        long maxAge,
    @Doc("an image goes once this many updates drew it from replay; 0 for no limit") @Range(min = 0)
        long maxVisits,
    @Doc("groups that centroid-balance keeps of one size") @Range(min = 2, max = 65_536) int groups,
    @Doc(
            "share of an image's kept feature that stays when it is seen again, for "
                + "policies that look at features")
        @Range(min = 0, under = 1)
        double featureMomentum,
    @Doc(
            "share of an update's images that may come straight from the stream; the "
                + "stream's other images are taken into replay first, and an update has them "
                + "where it draws them from there. Under 1 near-duplicates, such as frames of one"
                + " clip, do not meet in one update; none needs 1")
        @Range(min = 0, max = 1)
        double freshShare) {
  /** Which images are kept. */
  public enum Policy {
    /** The latest. */
    FIFO,

    /** A uniform sample of the stream. */
    RESERVOIR,

    /** Those that are least like their nearest neighbors. */
    MINIMUM_REDUNDANCY,

    /** Groups of one size. */
    CENTROID_BALANCE,

    /** None that is older than maxAge. */
    AGE_LIMIT,

    /** Nothing. */
    NONE;

    /** As it is written in configurations and checkpoints. */
    @Override
    @JsonValue
    public String toString() {
      return Spelling.of(this);
    }
  }

  /** How an image is held. */
  public enum Form {
    /** Compressed where that is much smaller. */
    AUTO,

    /** As a file, decoded when it is drawn. */
    COMPRESSED,

    /** As pixels. */
    PIXELS;

    /** As it is written in configurations. */
    @Override
    @JsonValue
    public String toString() {
      return Spelling.of(this);
    }
  }

  public ReplaySettings {
    Allowed.check(
        ReplaySettings.class,
        policy,
        images,
        mebibytes,
        maxSide,
        form,
        maxAge,
        maxVisits,
        groups,
        featureMomentum,
        freshShare);
    if (freshShare < 1 && policy == Policy.NONE) {
      throw new IllegalArgumentException(
          "freshShare is " + freshShare + ": expected 1 with none, which keeps no image to draw");
    }
    if (policy == Policy.AGE_LIMIT && maxAge == 0) {
      throw new IllegalArgumentException("maxAge is 0: expected 1 or more with age-limit");
    }
  }

  /** With no limit on age and visits; every image of the stream goes straight to an update. */
  public ReplaySettings(Policy policy, int images, int mebibytes, int maxSide) {
    this(policy, images, mebibytes, maxSide, Form.AUTO, 0, 0, 64, 0.5, 1);
  }

  /** Held as {@link Form#AUTO} says. */
  public ReplaySettings(
      Policy policy,
      int images,
      int mebibytes,
      int maxSide,
      long maxAge,
      long maxVisits,
      int groups,
      double featureMomentum,
      double freshShare) {
    this(
        policy,
        images,
        mebibytes,
        maxSide,
        Form.AUTO,
        maxAge,
        maxVisits,
        groups,
        featureMomentum,
        freshShare);
  }

  /** A reservoir of 20,000 images in at most 256 MiB, sides of at most 128 pixels. */
  public static ReplaySettings defaults() {
    return new ReplaySettings(Policy.RESERVOIR, 20_000, 256, 128);
  }

  /** Whether images may be kept at all. */
  public boolean keepsImages() {
    return policy != Policy.NONE;
  }

  /** The same with another policy and capacity. */
  public ReplaySettings withPolicy(Policy policy, int images) {
    return new ReplaySettings(
        policy,
        images,
        mebibytes,
        maxSide,
        form,
        maxAge,
        maxVisits,
        groups,
        featureMomentum,
        freshShare);
  }

  /** The same with images held in another form. */
  public ReplaySettings withForm(Form form) {
    return new ReplaySettings(
        policy,
        images,
        mebibytes,
        maxSide,
        form,
        maxAge,
        maxVisits,
        groups,
        featureMomentum,
        freshShare);
  }

  /** The same with other limits on how long an image stays. */
  public ReplaySettings withRetention(long maxAge, long maxVisits) {
    return new ReplaySettings(
        policy,
        images,
        mebibytes,
        maxSide,
        form,
        maxAge,
        maxVisits,
        groups,
        featureMomentum,
        freshShare);
  }
}
