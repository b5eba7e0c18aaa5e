package io.millrace.learner.augment;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * How an image becomes a network's input where chance has no part: an image over {@code maxSide} is
 * shrunk to it ({@link io.millrace.ingest.decode.PixelImage#shrinkTo}), the shorter side is resized
 * to {@code resize} (antialiased bilinear), a square of {@code size} is cut from the centre, and
 * each channel of [0, 1] becomes (x − mean) / std. Views of training share mean and deviation.
 *
 * @param size side of the square input in pixels, 8 to 1024
 * @param resize what the shorter side is resized to before the centre is cut out, in pixels, as
 *     papers do (256 → 224); 0 for {@code size}, which keeps the whole shorter side
 * @param maxSide longest side in pixels that an image is shrunk to first; 0 shrinks none. An image
 *     that was shrunk to it before, as replay does, stays as it is, so both give the same input
 * @param mean of red, green and blue
 * @param std deviation of red, green and blue, over 0
 */
public record Preprocessing(
    int size, int resize, int maxSide, List<Double> mean, List<Double> std) {
  public Preprocessing {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (size < 8 || size > 1024) {
      throw new IllegalArgumentException("size is " + size + ": expected 8 to 1024");
    }
    if (resize != 0 && (resize < size || resize > 2048)) {
      throw new IllegalArgumentException(
          "resize is " + resize + ": expected 0, or size (" + size + ") to 2048");
    }
    int least = Math.max(size, resize);
    if (maxSide != 0 && (maxSide < least || maxSide > 4096)) {
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
