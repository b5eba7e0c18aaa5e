package io.millrace.learner.augment;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * How an image becomes a network's input where chance has no part: an image over {@code maxSide} is
 * shrunk to it ({@link io.millrace.ingest.decode.PixelImage#shrinkTo}), the shorter side is resized
 * to {@code resize} (antialiased bilinear), a square of {@code size} is cut from the center, and
 * each channel of [0, 1] becomes (x − mean) / std. Views of training share mean and deviation.
 */
public record Preprocessing(
    @Doc("side of the square input in pixels") @Range(min = 8, max = 1024) int size,
    @Doc(
            "what the shorter side is resized to before the center is cut out, in pixels, as "
                + "papers do (256 → 224); 0 for size, which keeps the whole shorter side")
        @Range(min = 0, max = 2048)
        int resize,
    @Doc(
            "longest side in pixels that an image is shrunk to first; 0 shrinks none. An image "
                + "that was shrunk to it before, as replay does, stays as it is, so both give the "
                + "same input")
        @Range(min = 0, max = 4096)
        int maxSide,
    @Doc("of red, green and blue, three finite numbers") List<Double> mean,
    @Doc("deviation of red, green and blue, three numbers over 0") List<Double> std) {
  public Preprocessing {
    Allowed.check(Preprocessing.class, size, resize, maxSide, mean, std);
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (resize != 0 && resize < size) {
      throw new IllegalArgumentException(
          "resize is " + resize + ": expected 0, or size (" + size + ") to 2048");
    }
    int least = Math.max(size, resize);
    if (maxSide != 0 && maxSide < least) {
      throw new IllegalArgumentException(
          "maxSide is "
              + maxSide
              + ": expected 0, or "
              + (resize > size ? "resize (" : "size (")
              + least
              + ") to 4096: a smaller image would be enlarged again");
    }
    if (mean.size() != 3 || !mean.stream().allMatch(m -> Double.isFinite(m))) {
      throw new IllegalArgumentException("mean is " + mean + ": expected three finite numbers");
    }
    if (std.size() != 3 || !std.stream().allMatch(s -> s > 0 && Double.isFinite(s))) {
      throw new IllegalArgumentException("std is " + std + ": expected three numbers over 0");
    }
  }

  /** Nothing shrunk first; the whole shorter side seen. */
  public Preprocessing(int size, List<Double> mean, List<Double> std) {
    this(size, 0, 0, mean, std);
  }

  /** 32 pixels, mean and deviation of ImageNet. */
  public static Preprocessing defaults() {
    return new Preprocessing(32, List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));
  }

  /**
   * What must stay the same where learning goes on, as checkpoints hold it. Not {@code maxSide},
   * which follows replay's; {@code resize} only where it is used, as earlier checkpoints have none.
   */
  public String fixed() {
    return "Preprocessing[size="
        + size
        + (resize == 0 ? "" : ", resize=" + resize)
        + ", mean="
        + mean
        + ", std="
        + std
        + "]";
  }

  /** The same with another size, and no other resize. */
  public Preprocessing withSize(int size) {
    return new Preprocessing(size, 0, maxSide, mean, std);
  }

  /** The same with another resize. */
  public Preprocessing withResize(int resize) {
    return new Preprocessing(size, resize, maxSide, mean, std);
  }

  /** The same with another limit on what is resized. */
  public Preprocessing withMaxSide(int maxSide) {
    return new Preprocessing(size, resize, maxSide, mean, std);
  }

  /** What the shorter side is resized to, in pixels. */
  public int shorterSide() {
    return Math.max(size, resize);
  }

  /**
   * A name for exactly this treatment: 16 hexadecimal digits that change when any of it does, the
   * way of resizing included. What is not used has no part in it.
   */
  public String hash() {
    String text = "shorter side, triangle filter, centre; " + size + "; " + mean + "; " + std;
    if (shorterSide() > size) {
      text += "; of shorter side " + shorterSide();
    }
    if (maxSide > 0) {
      text += "; shrunk to " + maxSide + " first";
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
