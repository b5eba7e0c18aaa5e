package io.millrace.learner.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.feed.PartitionPosition;
import io.millrace.ingest.settings.Spelling;
import io.millrace.ingest.stream.ReleasePointer;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.CrashingFiles;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.checkpoint.Sha256;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.NetworkSpec;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleasePublisherTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-03-04T05:06:07Z"));
  private static final NetworkSpec STUDENT = ReleaseDrafts.STUDENT;

  @TempDir Path directory;
  private final MemoryReleaseLog log = new MemoryReleaseLog();

  private static ReleaseDraft draft(long step) {
    return ReleaseDrafts.of(step);
  }

  private ReleasePublisher publisher(DurableFiles files) {
    return new ReleasePublisher(log, directory, files, CLOCK);
  }

  @Test
  void versionsCountUpAndThePointerFollows() throws IOException {
    ReleasePublisher publisher = publisher(DurableFiles.real());
    assertThat(publisher.latestVersion("m")).isZero();
    assertThat(publisher.publish(draft(1)).key()).isEqualTo("m@1");
    assertThat(publisher.publish(draft(2)).version()).isEqualTo(2);
    assertThat(log.serving("m")).hasValue(2);
    assertThat(log.serving("other")).isEmpty();
    assertThat(publisher.latestVersion("m")).isEqualTo(2);
  }

  @Test
  void theSameWeightsAtTheSameStepAreReleasedOnce() throws IOException {
    publisher(DurableFiles.real()).publish(draft(1));
    assertThat(publisher(DurableFiles.real()).publish(draft(1)).version()).isEqualTo(1);
    assertThat(log.releases("m")).hasSize(1);
  }

  @Test
  void aLogMadeAgainGetsBackWhatTheFolderHasAndNoVersionTwice() throws IOException {
    publisher(DurableFiles.real()).publish(draft(1));
    publisher(DurableFiles.real()).publish(draft(2));
    List<ReleaseManifest> before = log.releases("m");
    for (boolean atStart : new boolean[] {true, false}) {
      var empty = new MemoryReleaseLog();
      var again = new ReleasePublisher(empty, directory, DurableFiles.real(), CLOCK);
      if (atStart) {
        assertThat(again.finish("m")).isEmpty();
        assertThat(empty.releases("m")).isEqualTo(before);
        assertThat(empty.serving("m")).hasValue(2);
      } else {
        assertThat(again.publish(draft(3)).version()).isEqualTo(3);
        assertThat(empty.releases("m")).hasSize(3).containsAll(before);
        assertThat(empty.serving("m")).hasValue(3);
      }
      assertThat(empty.releases("other")).isEmpty();
    }
  }

  @Test
  void aPromotionsNumberRisesWhateverClockAndTopicDo() {
    Instant now = CLOCK.instant();
    ReleasePointer first = new ReleasePointer("m", 1).numbered(null, now);
    ReleasePointer next = first.then(2).numbered(first, now.minusSeconds(60));
    assertThat(next.promotion()).isEqualTo(first.promotion() + 1);
    // Its topic is lost, and with it the pointers.
    ReleasePointer again = new ReleasePointer("m", 2).numbered(null, now.plusSeconds(1));
    assertThat(again.promotion()).isGreaterThan(next.promotion());
    assertThat(again.before()).isEmpty();
  }

  @Test
  void theManifestSurvivesItsJson() throws IOException {
    ReleaseManifest manifest = publisher(DurableFiles.real()).publish(draft(7));
    assertThat(ReleaseManifest.fromJson(manifest.toJson())).isEqualTo(manifest);
    assertThat(manifest.network()).isEqualTo(STUDENT);
    assertThat(manifest.featureDim()).isEqualTo(4);
    assertThat(manifest.gate()).isEqualTo(ReleaseManifest.State.PROMOTED);
    assertThat(manifest.preprocessingHash()).isEqualTo(Preprocessing.defaults().hash());
    assertThat(manifest.offsets()).isEqualTo(Map.of(0, new PartitionPosition(17, 2)));
    assertThat(manifest.releasedAt()).isEqualTo(CLOCK.instant());
    assertThat(ReleasePointer.fromJson(new ReleasePointer("m", 3).toJson()))
        .isEqualTo(new ReleasePointer("m", 3));
  }

  @Test
  void aManifestSaysInLowerCaseWhereItsReleaseStands() throws IOException {
    ReleaseManifest manifest = publisher(DurableFiles.real()).publish(draft(7));
    for (String word : List.of("candidate", "promoted", "rejected", "retired")) {
      String json =
          new String(manifest.toJson(), StandardCharsets.UTF_8)
              .replace("\"gate\":\"promoted\"", "\"gate\":\"" + word + "\"");
      ReleaseManifest read = ReleaseManifest.fromJson(json.getBytes(StandardCharsets.UTF_8));
      assertThat(read.gate())
          .isEqualTo(Spelling.parse(ReleaseManifest.State.class, "gate", word))
          .hasToString(word);
      assertThat(new String(read.toJson(), StandardCharsets.UTF_8)).isEqualTo(json);
    }
    byte[] unknown =
        new String(manifest.toJson(), StandardCharsets.UTF_8)
            .replace("\"gate\":\"promoted\"", "\"gate\":\"lost\"")
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ReleaseManifest.fromJson(unknown))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("lost");
  }

  @Test
  void aReleaseOutOfBoundsIsKeptMarkedAndDoesNotServe() throws IOException {
    publisher(DurableFiles.real()).publish(draft(1));
    var strict = new GateSettings(true, 0.5, 0, 0, 0, 0);
    ReleaseManifest failed =
        new ReleasePublisher(log, directory, DurableFiles.real(), CLOCK, strict, 0)
            .publish(draft(2));
    assertThat(failed.gate()).isEqualTo(ReleaseManifest.State.REJECTED);
    assertThat(failed.gateReason()).isEqualTo("featureStd is 0.25: expected at least 0.5");
    assertThat(log.serving("m")).hasValue(1);
    assertThat(log.releases("m")).hasSize(2).contains(failed);

    var byHand = new GateSettings(false, 0.1, 0, 0, 0, 0);
    ReleaseManifest waits =
        new ReleasePublisher(log, directory, DurableFiles.real(), CLOCK, byHand, 0)
            .publish(draft(3));
    assertThat(waits.gate()).isEqualTo(ReleaseManifest.State.CANDIDATE);
    assertThat(log.serving("m")).hasValue(1);
  }

  @Test
  void theGateNamesTheMetricTheValueAndTheBound() {
    var bounds = new GateSettings(true, 0.01, 3, 40, 50, 0.4);
    Map<String, Double> well =
        Map.of("featureStd", 0.02, "rankMe", 9.0, "perplexityBatch.layer4", 60.0, "knn", 70.0);
    assertThat(Gate.failure(bounds, well)).isEmpty();
    assertThat(Gate.failure(bounds, Map.of())).isEmpty();
    assertThat(Gate.failure(bounds, Map.of("drift", 0.5)))
        .hasValue("drift is 0.5: expected at most 0.4");
    assertThat(Gate.failure(bounds, Map.of("perplexityBatch.layer3", 4.0)))
        .hasValue("perplexityBatch.layer3 is 4.0: expected at least 40.0");
    assertThat(Gate.failure(bounds, Map.of("knn", 10.0))).isPresent();
    assertThat(Gate.failure(bounds, Map.of("rankMe", Double.NaN))).isPresent();
    assertThatThrownBy(() -> new GateSettings(true, -1, 0, 0, 0, 0))
        .hasMessage("minFeatureStd is -1.0: expected 0 to 1");
  }

  @Test
  void peoplePromoteRejectAndRollBack() throws IOException {
    ReleasePublisher publisher = publisher(DurableFiles.real());
    for (int step = 1; step <= 3; step++) {
      publisher.publish(draft(step));
    }
    var decisions = new ReleaseDecisions(log, "m");
    assertThatThrownBy(() -> decisions.reject(3, "no")).hasMessageContaining("serves");
    decisions.reject(2, "blurred");
    assertThat(decisions.rollback()).isEqualTo(new ReleaseDecisions.RolledBack(3, 1));
    assertThat(log.serving("m")).hasValue(1);
    assertThat(log.releases("m"))
        .extracting(ReleaseManifest::gateReason)
        .containsExactly("", "blurred", "rolled back to version 1");
    assertThatThrownBy(decisions::rollback).hasMessageContaining("before version 1");
    publisher.publish(draft(3)); // learning comes by this step again: it stays rejected
    assertThat(log.serving("m")).hasValue(1);
    decisions.promote(2);
    assertThat(log.serving("m")).hasValue(2);
    assertThat(log.releases("m").get(1).gate()).isEqualTo(ReleaseManifest.State.PROMOTED);
    assertThatThrownBy(() -> decisions.promote(9)).hasMessageContaining("[1, 2, 3]");
    assertThat(publisher.publish(draft(4)).version()).isEqualTo(4);
    assertThat(log.serving("m")).hasValue(4);
  }

  @Test
  void aRollBackGoesToWhatServedBeforeAndIsUndoneByPromoting() throws IOException {
    ReleasePublisher publisher = keeping(0, DurableFiles.real());
    for (int step = 1; step <= 4; step++) {
      publisher.publish(draft(step));
    }
    var decisions = new ReleaseDecisions(log, "m");
    decisions.promote(2);
    assertThat(decisions.rollbackTarget()).as("4 served before 2, not 1").hasValue(4);
    assertThat(decisions.rollback()).isEqualTo(new ReleaseDecisions.RolledBack(2, 4));
    assertThat(decisions.rollbackTarget()).hasValue(3);
    decisions.promote(2);
    assertThat(log.pointer("m"))
        .as("as before the roll-back")
        .hasValue(new ReleasePointer("m", 2, List.of(1L, 2L, 3L, 4L)));
    assertThat(decisions.rollback()).isEqualTo(new ReleaseDecisions.RolledBack(2, 4));
    assertThat(decisions.rollback()).isEqualTo(new ReleaseDecisions.RolledBack(4, 3));
    assertThat(decisions.rollback())
        .as("2 is rejected")
        .isEqualTo(new ReleaseDecisions.RolledBack(3, 1));
    assertThat(decisions.rollbackTarget()).isEmpty();
  }

  @Test
  void aPointerOfAnEarlierMillraceRollsBackToTheNewestBefore() throws IOException {
    ReleasePublisher publisher = keeping(0, DurableFiles.real());
    for (int step = 1; step <= 3; step++) {
      publisher.publish(draft(step));
    }
    log.serve(
        ReleasePointer.fromJson(
            "{\"model\":\"m\",\"version\":3}".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    assertThat(new ReleaseDecisions(log, "m").rollback().to()).isEqualTo(2);
  }

  @Test
  void aModelThatBeganAnewDoesNotTakeOverFromOneThatLearnedLonger() throws IOException {
    ReleasePublisher publisher = keeping(0, DurableFiles.real());
    publisher.publish(draft(1000));
    ReleaseManifest anew = publisher.publish(draft(300));
    assertThat(anew.gate()).isEqualTo(ReleaseManifest.State.REJECTED);
    assertThat(anew.gateReason())
        .startsWith("step is 300: expected at least 500, 0.5 of the 1000 of m@1, which serves");
    assertThat(log.serving("m")).hasValue(1);
    assertThat(publisher.publish(draft(600)).gate()).isEqualTo(ReleaseManifest.State.PROMOTED);
    assertThat(log.serving("m")).hasValue(3);
    new ReleaseDecisions(log, "m").promote(2);
    assertThat(log.serving("m")).hasValue(2);
  }

  private List<String> gates() {
    return log.releases("m").stream().map(m -> m.gate().toString()).toList();
  }

  private List<Long> withWeights() {
    return log.releases("m").stream()
        .filter(m -> Files.exists(directory.resolve(m.weights())))
        .map(ReleaseManifest::version)
        .toList();
  }

  private ReleasePublisher keeping(int keep, DurableFiles files) {
    return new ReleasePublisher(log, directory, files, CLOCK, GateSettings.defaults(), keep);
  }

  @Test
  void oldReleasesAreRetiredAndTheirWeightsRemoved() throws IOException {
    ReleasePublisher publisher = keeping(2, DurableFiles.real());
    publisher.publish(draft(1));
    publisher.publish(draft(2));
    assertThat(gates()).containsExactly("promoted", "promoted");
    publisher.publish(draft(3));
    publisher.publish(draft(4));
    assertThat(gates()).containsExactly("retired", "retired", "promoted", "promoted");
    assertThat(log.releases("m").get(0).gateReason()).isEqualTo("was promoted");
    assertThat(withWeights()).containsExactly(3L, 4L);
    var decisions = new ReleaseDecisions(log, "m");
    assertThatThrownBy(() -> decisions.promote(1))
        .hasMessage("m@1 is retired: its weights are removed");
    assertThatThrownBy(() -> decisions.reject(1, "no")).hasMessageContaining("m@1 is retired");
    assertThat(decisions.rollback().to()).isEqualTo(3);
    assertThatThrownBy(decisions::rollback).hasMessageContaining("before version 3");
  }

  @Test
  void whatServesAndCandidatesAndWhatIsYoungerStay() throws IOException {
    ReleasePublisher automatic = keeping(2, DurableFiles.real());
    var never = new GateSettings(true, 0.5, 0, 0, 0, 0);
    var rejecting = new ReleasePublisher(log, directory, DurableFiles.real(), CLOCK, never, 2);
    var asking = new GateSettings(false, 0, 0, 0, 0, 0);
    var byHand = new ReleasePublisher(log, directory, DurableFiles.real(), CLOCK, asking, 2);
    byHand.publish(draft(1));
    automatic.publish(draft(2));
    automatic.publish(draft(3));
    rejecting.publish(draft(4));
    byHand.publish(draft(5));
    byHand.publish(draft(6));
    assertThat(withWeights()).hasSize(6);
    var decisions = new ReleaseDecisions(log, "m");
    for (long version : new long[] {5, 6, 2}) {
      decisions.promote(version); // the last one serves
    }
    byHand.publish(draft(7));
    assertThat(gates())
        .containsExactly(
            "candidate", "promoted", "retired", "retired", "promoted", "promoted", "candidate");
    assertThat(withWeights()).containsExactly(1L, 2L, 5L, 6L, 7L);
    decisions.reject(1, "too old");
    automatic.publish(draft(8));
    assertThat(withWeights()).as("8 serves, 6 stays beside it").containsExactly(6L, 7L, 8L);
  }

  @Test
  void weightsThatCouldNotBeRemovedGoAfterTheNextRelease() throws IOException {
    ReleasePublisher publisher = keeping(2, DurableFiles.real());
    for (int step = 1; step <= 2; step++) {
      publisher.publish(draft(step));
    }
    var failing =
        (DurableFiles)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {DurableFiles.class},
                (proxy, called, arguments) -> {
                  if (called.getName().equals("delete")
                      && arguments[0].toString().endsWith(".safetensors")) {
                    throw new IOException("the disk is read-only");
                  }
                  return called.invoke(DurableFiles.real(), arguments);
                });
    assertThat(keeping(2, failing).publish(draft(3)).version()).isEqualTo(3);
    assertThat(gates()).containsExactly("retired", "promoted", "promoted");
    assertThat(withWeights()).containsExactly(1L, 2L, 3L);
    publisher.publish(draft(4));
    assertThat(withWeights()).containsExactly(3L, 4L);
  }

  @Test
  void nothingOutsideTheFolderIsRemovedWhateverAManifestSays() throws IOException {
    Path other = Files.writeString(directory.resolve("precious.safetensors"), "precious");
    Path releases = directory.resolve("releases");
    var publisher =
        new ReleasePublisher(log, releases, DurableFiles.real(), CLOCK, GateSettings.defaults(), 2);
    ReleaseManifest first = publisher.publish(draft(1));
    String json =
        new String(first.toJson(), java.nio.charset.StandardCharsets.UTF_8)
            .replace(first.weights(), "../precious.safetensors");
    log.publish(ReleaseManifest.fromJson(json.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    publisher.publish(draft(2));
    publisher.publish(draft(3));
    assertThat(gates()).containsExactly("retired", "promoted", "promoted");
    assertThat(other).exists();
  }

  @Test
  void keepingOneReleaseIsRefused() {
    assertThatThrownBy(() -> new ReleaseSettings(0, 0, 0, false, GateSettings.defaults(), 1))
        .hasMessage("keep is 1: expected 0, or 2 or more");
  }

  @Test
  void aManifestOfANewerFormIsRefused() throws IOException {
    String json =
        new String(
            publisher(DurableFiles.real()).publish(draft(7)).toJson(),
            java.nio.charset.StandardCharsets.UTF_8);
    assertThatThrownBy(
            () ->
                ReleaseManifest.fromJson(
                    json.replace("\"format\":1", "\"format\":2")
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .hasMessageContaining("form 2: this build reads form 1");
  }

  @Test
  void theWeightsCarryTorchvisionsNamesAndTheRestUnderPrefixes() throws IOException {
    ReleaseManifest manifest = publisher(DurableFiles.real()).publish(draft(7));
    Path file = directory.resolve(manifest.weights());
    assertThat(Sha256.of(file)).isEqualTo(manifest.weightsSha256());
    assertThat(Files.size(file)).isEqualTo(manifest.weightsBytes());
    SafeTensors weights = SafeTensors.read(file);
    assertThat(weights.tensors().keySet())
        .containsExactly(
            "conv1.weight",
            "bn1.weight",
            "bn1.bias",
            "layer1.0.conv1.weight",
            "bn1.running_mean",
            "bn1.running_var",
            "bn1.num_batches_tracked",
            "head.0.weight",
            "head.0.bias",
            "tensor.words");
    HostTensor conv = weights.tensors().get("conv1.weight");
    assertThat(conv).isNotNull();
    assertThat(conv.shape()).containsExactly(4L, 3L, 3L, 3L);
    assertThat(((float[]) conv.values())[5]).isEqualTo(12f);
    HostTensor tracked = weights.tensors().get("bn1.num_batches_tracked");
    assertThat(tracked).isNotNull();
    assertThat(tracked.values()).isEqualTo(new long[] {7});
    StateSnapshot back = WeightsFile.network(weights, "student", STUDENT, "student");
    assertThat(java.util.Objects.requireNonNull(back.tensors().get("parameters")).values())
        .isEqualTo(
            java.util.Objects.requireNonNull(draft(7).state().tensors().get("student.parameters"))
                .values());
  }

  @Test
  void aCrashAtAnyStepReleasesOnceAfterTheRestart() throws IOException {
    boolean finished = false;
    boolean keptBack = false;
    for (long at = 0; !finished; at++) {
      Path here = directory.resolve("step" + at);
      var fresh = new MemoryReleaseLog();
      var before = new ReleasePublisher(fresh, here, DurableFiles.real(), CLOCK);
      before.publish(draft(1));
      try {
        new ReleasePublisher(fresh, here, new CrashingFiles(at, 10), CLOCK).publish(draft(2));
        finished = true;
      } catch (CrashingFiles.Crash expected) {
        finished = false;
      }
      keptBack |= before.finish("m").isPresent() && fresh.releases("m").size() == 2;
      assertThat(before.finish("m")).isEmpty();
      before.publish(draft(2)); // learning comes by this step again
      assertThat(fresh.releases("m").stream().map(ReleaseManifest::step)).containsExactly(1L, 2L);
      assertThat(fresh.serving("m")).hasValue(2);
      for (ReleaseManifest manifest : fresh.releases("m")) {
        assertThat(Sha256.of(here.resolve(manifest.weights()))).isEqualTo(manifest.weightsSha256());
      }
      try (Stream<Path> list = Files.list(here)) {
        assertThat(list.filter(p -> p.getFileName().toString().startsWith("unpublished-")))
            .isEmpty();
      }
    }
    assertThat(keptBack).isTrue();
  }
}
