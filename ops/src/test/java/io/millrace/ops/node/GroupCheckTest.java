package io.millrace.ops.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.health.CheckResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupCheckTest {
  @TempDir Path dir;

  private MillraceConfig config(String... settings) {
    var all =
        new ArrayList<>(
            List.of(
                "learner.group.maxSize=2",
                "dataDir=" + dir.resolve("own"),
                "learner.group.sharedDir=" + dir.resolve("shared")));
    all.addAll(List.of(settings));
    return ConfigReader.over(
        MillraceConfig.defaults(), ConfigReader.with(ConfigReader.tree("{}", "test"), all));
  }

  @Test
  void checkpointsReleasesAndRendezvousAreInTheSharedFolder() {
    MillraceConfig config = config();
    assertThat(config.checkpointsDir()).isEqualTo(dir.resolve("shared/checkpoints"));
    assertThat(config.releasesDir()).isEqualTo(dir.resolve("shared/releases"));
    assertThat(config.rendezvousDir()).isEqualTo(dir.resolve("shared/rendezvous"));
    assertThat(config("learner.group.rendezvousDir=" + dir.resolve("r")).rendezvousDir())
        .isEqualTo(dir.resolve("r"));
    assertThat(config("learner.group.sharedDir=\"\"").checkpointsDir())
        .isEqualTo(dir.resolve("own/checkpoints"));
  }

  @Test
  void theDoctorTellsTheIdOfTheFolderAndWhereCollectivesAre() throws IOException {
    CheckResult result = GroupCheck.look(config());
    String id = Files.readString(dir.resolve("shared/rendezvous/folder-id"));
    assertThat(result.ok()).isTrue();
    assertThat(result.detail())
        .contains(dir.resolve("shared/rendezvous").toString(), "id " + id, "on any free port");
    try (var left = Files.list(dir.resolve("shared/rendezvous"))) {
      assertThat(left).as("but the id").hasSize(1);
    }
  }

  @Test
  void aFolderThatCantBeWrittenToIsNamedWithItsKey() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "no folder");
    CheckResult result = GroupCheck.look(config("learner.group.rendezvousDir=" + file));
    assertThat(result.ok()).isFalse();
    assertThat(result.detail())
        .contains(file.toString(), "learner.group.rendezvousDir", "all learners share");
  }

  @Test
  void whatMustBeTheSameIsInTheFingerprintAndNothingElse() {
    String first = GroupIdentity.fingerprint(config(), "cpu", "f");
    assertThat(GroupIdentity.fingerprint(config("http.port=1", "dataDir=elsewhere"), "cpu", "f"))
        .isEqualTo(first);
    for (String setting :
        List.of(
            "method=simclr",
            "learner.batchSize=32",
            "learner.seed=2",
            "model.seed=7",
            "learner.group.timeout=10s")) {
      assertThat(GroupIdentity.fingerprint(config(setting), "cpu", "f"))
          .as(setting)
          .isNotEqualTo(first);
    }
    assertThat(GroupIdentity.fingerprint(config(), "cpu", "another folder")).isNotEqualTo(first);
    assertThat(GroupIdentity.fingerprint(config(), "cuda, bf16, gloo", "f"))
        .as("one would exchange by gloo, the other by nccl")
        .isNotEqualTo(GroupIdentity.fingerprint(config(), "cuda, bf16, nccl", "f"));
  }
}
