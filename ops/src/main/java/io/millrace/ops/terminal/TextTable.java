package io.millrace.ops.terminal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table for people. With a head, the first column stands to the left and the others to the right,
 * and a column in which no row has anything is skipped. Without a head, every column stands to the
 * left.
 */
public final class TextTable {
  private static final String GAP = "  ";

  private final boolean headed;
  private final String indent;
  private final List<List<String>> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  public TextTable(String... head) {
    this(true, GAP);
    rows.add(List.of(head));
  }

  private TextTable(boolean headed, String indent) {
    this.headed = headed;
    this.indent = indent;
  }

  /**
   * A table without a head.
   *
   * @param indent what each line starts with
   */
  public static TextTable withoutHead(String indent) {
    return new TextTable(false, indent);
  }

  /** Adds a row of as many cells as the first one has. */
  public void row(String... cells) {
    if (!rows.isEmpty() && cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(
          cells.length + " cells below a head of " + rows.get(0).size());
    }
    rows.add(List.of(cells));
  }

  /** Adds a line below the table. */
  public void note(String text) {
    notes.add(text);
  }

  @Override
  public String toString() {
    int[] width = new int[rows.isEmpty() ? 0 : rows.get(0).size()];
    for (List<String> row : rows) {
      Arrays.setAll(width, c -> Math.max(width[c], row.get(c).length()));
    }
    var out = new StringBuilder();
    for (List<String> row : rows) {
      for (int c = 0; c < width.length; c++) {
        if (isEmpty(c)) {
          continue;
        }
        out.append(c == 0 ? indent : GAP).append(cell(row, c, width[c]));
      }
      out.append('\n');
    }
    notes.forEach(note -> out.append(GAP).append(note).append('\n'));
    return out.toString();
  }

  private String cell(List<String> row, int c, int width) {
    String text = row.get(c);
    String gap = " ".repeat(width - text.length());
    if (headed) {
      return c == 0 ? text + gap : gap + text;
    }
    return c == row.size() - 1 ? text : text + gap;
  }

  private boolean isEmpty(int column) {
    return headed
        && rows.size() > 1
        && rows.stream()
            .skip(1)
            .map(row -> row.get(column))
            .allMatch(cell -> cell.isEmpty() || cell.equals(NumberText.NONE));
  }
}
