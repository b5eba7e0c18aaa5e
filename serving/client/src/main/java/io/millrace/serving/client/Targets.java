package io.millrace.serving.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A release's teacher's targets of one image: the targets of its objective, such as a projection
 * ({@code target}) or bags of words ({@code target.layer4}).
 *
 * @param byName values by the objective's name for them
 */
public record Targets(SortedMap<String, float[]> byName) {
  /**
   * Names and lengths in the order of the values: {@code target.layer3:1024,target.layer4:1024}.
   */
  public String layout() {
    return byName.entrySet().stream()
        .map(e -> e.getKey() + ":" + e.getValue().length)
        .collect(Collectors.joining(","));
  }

  /** All values, one name after the other, as little-endian float32. */
  public byte[] littleEndian() {
    int length = byName.values().stream().mapToInt(v -> v.length).sum();
    ByteBuffer out = ByteBuffer.allocate(4 * length).order(ByteOrder.LITTLE_ENDIAN);
    byName
        .values()
        .forEach(
            values -> {
              for (float v : values) {
                out.putFloat(v);
              }
            });
    return out.array();
  }

  /**
   * Reads what {@link #layout} and {@link #littleEndian} wrote.
   *
   * @throws IllegalArgumentException when they do not fit each other
   */
  public static Targets of(String layout, byte[] littleEndian) {
    Map<String, Integer> lengths = new LinkedHashMap<>();
    int sum = 0;
    for (String part : layout.split(",")) {
      int colon = part.lastIndexOf(':');
      if (colon < 1) {
        throw new IllegalArgumentException(
            "layout is '" + layout + "': expected name:length, with commas between");
      }
      int length = Integer.parseInt(part.substring(colon + 1));
      lengths.put(part.substring(0, colon), length);
      sum += length;
    }
    if (littleEndian.length != 4 * sum) {
      throw new IllegalArgumentException(
          littleEndian.length
              + " bytes of targets: expected "
              + 4 * sum
              + ", as '"
              + layout
              + "' says");
    }
    var in = ByteBuffer.wrap(littleEndian).order(ByteOrder.LITTLE_ENDIAN);
    var out = new TreeMap<String, float[]>();
    lengths.forEach(
        (name, length) -> {
          float[] values = new float[length];
          for (int i = 0; i < length; i++) {
            values[i] = in.getFloat();
          }
          out.put(name, values);
        });
    return new Targets(out);
  }
}
