package io.millrace.ops.terminal;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What stays undone where a second Ctrl-C ends the process before this is closed. */
public final class Undone implements AutoCloseable {
  private static final List<Undone> OPEN = new CopyOnWriteArrayList<>();

  private final Supplier<String> words;

  private Undone(Supplier<String> words) {
    this.words = words;
  }

  /**
   * @param words what stays undone at this moment; empty for nothing. Asked on any thread, and must
   *     not wait
   */
  public static Undone unlessClosed(Supplier<String> words) {
    var out = new Undone(words);
    OPEN.add(0, out);
    return out;
  }

  /** All that is open, what was opened last first. */
  static String all() {
    String all =
        OPEN.stream()
            .map(undone -> undone.words.get())
            .filter(words -> !words.isEmpty())
            .collect(Collectors.joining("; "));
    return all.isEmpty() ? "what it had not written yet" : all;
  }

  @Override
  public void close() {
    OPEN.remove(this);
  }
}
