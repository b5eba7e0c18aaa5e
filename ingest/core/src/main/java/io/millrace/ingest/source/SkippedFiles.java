package io.millrace.ingest.source;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a source leaves out: how many files for each reason, and the first few by name. */
public final class SkippedFiles {
  private static final int NAMED = 3;

  private final Map<SkipReason, Long> counts = new EnumMap<>(SkipReason.class);
  private final Map<SkipReason, List<String>> first = new EnumMap<>(SkipReason.class);

  /** Nothing yet. */
  public SkippedFiles() {}

  void add(SkipReason reason, String path) {
    counts.merge(reason, 1L, Long::sum);
    List<String> names = first.computeIfAbsent(reason, r -> new ArrayList<>());
    if (names.size() < NAMED) {
      names.add(path);
    }
  }

  void addAll(SkippedFiles others) {
    others.counts.forEach((reason, count) -> counts.merge(reason, count, Long::sum));
    others.first.forEach(
        (reason, names) -> {
          List<String> own = first.computeIfAbsent(reason, r -> new ArrayList<>());
          names.stream().limit(NAMED - own.size()).forEach(own::add);
        });
  }

  /** All of them. */
  public long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many for a reason. */
  public long count(SkipReason reason) {
    return counts.getOrDefault(reason, 0L);
  }

  /** A line for each reason: count, what they are, the first few names; empty without any. */
  public List<String> lines() {
    return counts.entrySet().stream()
        .map(
            entry ->
                String.format(
                    Locale.ROOT,
                    "%,d %s: %s%s",
                    entry.getValue(),
                    entry.getKey().words(),
                    first.get(entry.getKey()).stream().collect(Collectors.joining(", ")),
                    entry.getValue() > NAMED ? ", …" : ""))
        .toList();
  }
}
