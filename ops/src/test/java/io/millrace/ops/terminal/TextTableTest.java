package io.millrace.ops.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ops.experiment.MeanStd;
import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void aColumnInWhichNoRowHasAnythingIsLeftOut() {
    var table = new TextTable("method", "kNN %", "forgetting", "images/s");
    table.row("raw pixels", "19.3", "", "");
    table.row("byol", "28.9", MeanStd.of().text(), "45");
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

  @Test
  void withoutAHeadEveryColumnStandsToTheLeftAndNoneIsLeftOut() {
    TextTable table = TextTable.withoutHead("");
    table.row("ok disk", "", "12 GiB free");
    table.row("FAILS broker", "", "no answer");
    assertThat(table.toString())
        .isEqualTo("ok disk         12 GiB free\nFAILS broker    no answer\n");
    assertThat(TextTable.withoutHead("> ")).hasToString("");
  }
}
