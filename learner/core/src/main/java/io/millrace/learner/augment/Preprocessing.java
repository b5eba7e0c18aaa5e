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
 * How an image becomes a network's input where chance has no part: the shorter side is resized to
 * {@code size} (antialiased bilinear), the center is cut out, and each channel of [0, 1] becomes (x
 * − mean) / std. Views of training share mean and deviation.
 */
public record Preprocessing(
    @Doc("side of the square input in pixels") @Range(min = 8, max = 1024) int size,
    @Doc("of red, green and blue, three finite numbers") List<Double> mean,
    @Doc("deviation of red, green and blue, three numbers over 0") List<Double> std) {
  public Preprocessing {
    Allowed.check(Preprocessing.class, size, mean, std);
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != 3 || !mean.stream().allMatch(m -> Double.isFinite(m))) {
      throw new IllegalArgumentException("mean is " + mean + ": expected three finite numbers");
    }
    if (std.size() != 3 || !std.stream().allMatch(s -> s > 0 && Double.isFinite(s))) {
      throw new IllegalArgumentException("std is " + std + ": expected three numbers over 0");
    }
  }

  /** 32 pixels, mean and deviation of ImageNet. */
  public static Preprocessing defaults() {
    return new Preprocessing(32, List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));
  }

  /** The same with another size. */
  public Preprocessing withSize(int size) {
    return new Preprocessing(size, mean, std);
  }

  /**
   * A name for exactly this treatment: 16 hexadecimal digits that change when any of it does, the
   * way of resizing included.
   */
  public String hash() {
    String text = "shorter side, triangle filter, centre; " + size + "; " + mean + "; " + std;
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
