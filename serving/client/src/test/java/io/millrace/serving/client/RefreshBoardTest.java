package io.millrace.serving.client;

import static io.millrace.serving.client.RefreshRecord.State.COMPLETE;
import static io.millrace.serving.client.RefreshRecord.State.PROGRESS;
import static io.millrace.serving.client.RefreshRecord.State.STARTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.serving.kafka.ServingStatus;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RefreshBoardTest {
  private final RefreshBoard board = new RefreshBoard("model");

  @Test
  void aVersionIsCompleteWhenEveryPartitionIs() {
    put(1, 0, 2, 7, COMPLETE);
    assertThat(board.live()).isEmpty();
    put(1, 1, 2, 7, PROGRESS);
    assertThat(board.live()).isEmpty();
    put(1, 1, 2, 7, COMPLETE);
    assertThat(board.live()).isEqualTo(OptionalLong.of(1));
  }

  @Test
  void theLatestPromotionThatIsCompleteServesWhateverItsVersion() {
    complete(1, 7);
    complete(2, 9);
    assertThat(board.live()).isEqualTo(OptionalLong.of(2));
    assertThat(board.completeVersions()).containsExactly(2L, 1L);

    put(1, 0, 2, 12, STARTED); // rolled back to 1: catching up
    assertThat(board.live()).isEqualTo(OptionalLong.of(2));
    put(1, 0, 2, 12, COMPLETE); // the other partition is complete for the old promotion only
    assertThat(board.live()).isEqualTo(OptionalLong.of(2));
    put(1, 1, 2, 12, COMPLETE);
    assertThat(board.live()).isEqualTo(OptionalLong.of(1));
    assertThat(board.completeVersions()).containsExactly(1L, 2L);
  }

  @Test
  void aRetiredVersionIsGone() {
    complete(1, 7);
    board.accept("1/0", null);
    assertThat(board.live()).isEmpty();
    assertThat(board.versions()).containsExactly(1L);
    board.accept("1/1", null);
    board.accept("1/1", null);
    assertThat(board.versions()).isEmpty();
  }

  @Test
  void othersModelsAndUnreadableRecordsDoNotCount() {
    board.accept("1/0", EmbeddingRecords.bytes("{"));
    board.accept("nonsense", null);
    RefreshRecord other = new RefreshRecord("other", 1, 0, 1, 1, COMPLETE, 0, 0, 0, 0, 0, 0, 0, 0);
    board.accept(other.key(), other.bytes());
    assertThat(board.versions()).isEmpty();
  }

  @Test
  void progressSumsThePartitions() {
    board.accept("3/0", record(3, 0, 2, 5, PROGRESS, 100, 300, 150).bytes());
    board.accept("3/1", record(3, 1, 2, 5, COMPLETE, 0, 200, 260).bytes());
    ServingStatus.Refresh progress = board.progress(3);
    assertThat(progress).isEqualTo(new ServingStatus.Refresh(3, 2, 1, 250, 400));
    assertThat(progress.share()).isEqualTo(0.625);
  }

  private void complete(long version, long promotion) {
    put(version, 0, 2, promotion, COMPLETE);
    put(version, 1, 2, promotion, COMPLETE);
  }

  private void put(
      long version, int partition, int partitions, long promotion, RefreshRecord.State state) {
    RefreshRecord record = record(version, partition, partitions, promotion, state, 0, 10, 0);
    board.accept(record.key(), record.bytes());
  }

  private static RefreshRecord record(
      long version,
      int partition,
      int partitions,
      long promotion,
      RefreshRecord.State state,
      long start,
      long end,
      long position) {
    return new RefreshRecord(
        "model",
        version,
        partition,
        partitions,
        promotion,
        state,
        start,
        end,
        position,
        0,
        0,
        0,
        0,
        0);
  }
}
