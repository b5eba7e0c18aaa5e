package io.millrace.ops.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ops.experiment.Spread;
import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void aColumnInWhichNoRowHasAnythingIsLeftOut() {
    var table = new TextTable("method", "kNN %", "forgetting", "images/s");
    table.row("raw pixels", "19.3", "", "");
    table.row("byol", "28.9", Spread.of().words(), "45");
    table.note("a note");
    assertThat(table.toString().lines())
        .containsExactly(
            "  method      kNN %  images/s",
            "  raw pixels   19.3          ", "  byol         28.9        45", "  a note");
  }

  @Test
  void aHeadWithoutRowsStays() {
    assertThat(new TextTable("method", "kNN %").toString()).isEqualTo("  method  kNN %\n");
  }
}
