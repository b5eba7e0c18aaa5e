package io.millrace.ops.terminal;

import io.millrace.ops.experiment.Spread;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table for people: the first column to the left, the others to the right. A column in which no
 * row has anything is left out.
 */
final class TextTable {
  private final List<List<String>> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  TextTable(String... head) {
    rows.add(List.of(head));
  }

  /** Adds a row of as many cells as the head has. */
  void row(String... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(
          cells.length + " cells below a head of " + rows.get(0).size());
    }
    rows.add(List.of(cells));
  }

  /** Adds a line below the table. */
  void note(String text) {
    notes.add(text);
  }

  @Override
  public String toString() {
    int[] width = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      Arrays.setAll(width, c -> Math.max(width[c], row.get(c).length()));
    }
    var out = new StringBuilder();
    for (List<String> row : rows) {
      for (int c = 0; c < width.length; c++) {
        if (isEmpty(c)) {
          continue;
        }
        String gap = " ".repeat(width[c] - row.get(c).length());
        out.append("  ").append(c == 0 ? row.get(c) + gap : gap + row.get(c));
      }
      out.append('\n');
    }
    notes.forEach(note -> out.append("  ").append(note).append('\n'));
    return out.toString();
  }

  private boolean isEmpty(int column) {
    return rows.size() > 1
        && rows.stream()
            .skip(1)
            .map(row -> row.get(column))
            .allMatch(cell -> cell.isEmpty() || cell.equals(Spread.NOTHING));
  }
}
