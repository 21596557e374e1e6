package io.millrace.app.command;

import java.util.ArrayList;
import java.util.List;

/// Text in columns as wide as their longest cell; numbers to the right.
final class Table {
  /// A cell longer than this is cut, with an ellipsis.
  private static final int WIDEST = 100;

  private final List<List<String>> rows = new ArrayList<>();

  Table(String... header) {
    rows.add(List.of(header));
  }

  void row(Object... cells) {
    var row = new ArrayList<String>();
    for (Object cell : cells) {
      String text = String.valueOf(cell).replace('\n', ' ');
      row.add(text.length() > WIDEST ? text.substring(0, WIDEST - 1) + "…" : text);
    }
    rows.add(row);
  }

  List<String> lines() {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    var lines = new ArrayList<String>();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String pad = " ".repeat(widths[c] - row.get(c).length());
        boolean right = row != rows.getFirst() && isNumber(row.get(c));
        line.append(right ? pad + row.get(c) : row.get(c) + pad).append("  ");
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  private static boolean isNumber(String cell) {
    return !cell.isEmpty()
        && cell.chars().allMatch(ch -> (ch >= '0' && ch <= '9') || ch == '.' || ch == '-');
  }
}
