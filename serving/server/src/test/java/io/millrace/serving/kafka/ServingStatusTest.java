package io.millrace.serving.kafka;

import static io.millrace.serving.client.RefreshRecord.State.COMPLETE;
import static io.millrace.serving.client.RefreshRecord.State.PROGRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.serving.client.RefreshRecord;
import io.millrace.serving.client.RefreshState;
import org.junit.jupiter.api.Test;

class ServingStatusTest {
  @Test
  void progressSumsThePartitions() {
    var board = new RefreshState("model");
    board.accept("3/0", record(0, PROGRESS, 100, 300, 150).bytes());
    board.accept("3/1", record(1, COMPLETE, 0, 200, 260).bytes());
    ServingStatus.Refresh progress = ServingStatus.Refresh.of(3, board.of(3));
    assertThat(progress).isEqualTo(new ServingStatus.Refresh(3, 2, 1, 250, 400));
    assertThat(progress.share()).isEqualTo(0.625);
  }

  private static RefreshRecord record(
      int partition, RefreshRecord.State state, long start, long end, long position) {
    return new RefreshRecord(
        "model", 3, partition, 2, 5, state, start, end, position, 0, 0, 0, 0, 0, "");
  }
}
