package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.EncodedImages;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import io.millrace.ops.experiment.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresetChoiceTest {
  private static final MillraceConfig DEMO = PackagedConfig.demoConfig();

  @TempDir private Path folder;

  private String images(int width, int height) throws IOException {
    Path into = Files.createDirectories(folder.resolve(width + "x" + height));
    for (int i = 0; i < 5; i++) {
      byte[] rgb = new byte[width * height * 3];
      rgb[i] = 100;
      Files.write(
          into.resolve(i + ".jpg"), EncodedImages.jpeg(new PixelImage(width, height, rgb), 0.9f));
    }
    return into.toString();
  }

  private static @Nullable String choose(String images, @Nullable Path dataDir, String... set) {
    var given = ConfigReader.with(ConfigReader.tree("", ""), List.of(set));
    return PresetChoice.of(images, dataDir, ConfigReader.over(DEMO, given), given);
  }

  @Test
  void photographsGetANetworkForPhotographsAndThumbnailsTheDemos() throws Exception {
    assertThat(choose(images(320, 200), null)).isEqualTo("photos-cpu");
    assertThat(choose(images(640, 95), null)).isNull();
    assertThat(choose(images(32, 32), null)).isNull();
    assertThat(choose(Sources.SYNTHETIC, null)).isNull();
  }

  @Test
  void whoSaysWhatTheNetworkSeesIsNotOverruled() throws Exception {
    String photographs = images(320, 200);
    assertThat(choose(photographs, null, "model.preprocessing.size=64")).isNull();
    assertThat(choose(photographs, null, "model.backbone.width=0.5")).isNull();
    assertThat(choose(photographs, null, "model.preprocessing.size=32"))
        .as("the demo's own size, as the message advises")
        .isNull();
    assertThat(choose(photographs, null, "learner.batchSize=16")).isEqualTo("photos-cpu");
  }

  @Test
  void aDataFolderKeepsItsChoice() throws Exception {
    String photographs = images(320, 200);
    Path data = folder.resolve("data");
    assertThat(choose(photographs, data)).isEqualTo("photos-cpu");
    assertThat(data).as("a choice alone writes nothing").doesNotExist();
    PresetChoice.keep(data, "photos-cpu");
    assertThat(choose(images(32, 32), data)).isEqualTo("photos-cpu");
    Path own = folder.resolve("own");
    PresetChoice.keep(own, null);
    assertThat(choose(photographs, own)).isNull();
    Path older = folder.resolve("older");
    Files.createDirectories(older.resolve("checkpoints"));
    PresetChoice.keep(older, "photos-cpu");
    assertThat(choose(photographs, older)).as("begun before there were presets").isNull();
  }
}
