package io.millrace.ops.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ingest.decode.AcceptedImage;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.source.ImageSet;
import io.millrace.ingest.source.ImageSource;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.node.DataFolder;
import io.millrace.ops.terminal.Logs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The preset of a demo whose images are photographs: what suits thumbnails sees little of them. A
 * data folder keeps the choice it began with.
 */
final class PresetChoice {
  private static final Logger log = LoggerFactory.getLogger(PresetChoice.class);
  private static final String FOR_PHOTOGRAPHS = "photos-cpu";
  private static final String KEPT = "preset";
  private static final int LOOKED_AT = 9;
  private static final int PHOTOGRAPH_FROM = 96;

  private PresetChoice() {}

  /**
   * Chooses, and says which and why.
   *
   * @param dataDir the demo's folder; null for a temporary one
   * @param asked the demo's settings with the user's over them
   * @param given the user's alone
   * @return null for the demo's own settings
   */
  static @Nullable String of(
      String images, @Nullable Path dataDir, MillraceConfig asked, ObjectNode given) {
    Path kept = dataDir == null ? null : dataDir.resolve(KEPT);
    if (kept != null && Files.exists(kept)) {
      try {
        String preset = Files.readString(kept).strip();
        return preset.isEmpty() ? null : preset;
      } catch (IOException e) {
        throw new UserError("can't read the preset's name in " + kept + ": " + e.getMessage(), e);
      }
    }
    return hasBegun(dataDir) || saysWhatItSees(given) ? null : forImages(images, asked);
  }

  /**
   * Has a data folder that is new keep the choice.
   *
   * @param preset null for the demo's own settings
   */
  static void keep(Path dataDir, @Nullable String preset) {
    Path kept = dataDir.resolve(KEPT);
    if (Files.exists(kept) || hasBegun(dataDir)) {
      return;
    }
    try {
      DataFolder.make(dataDir);
      Files.writeString(kept, preset == null ? "" : preset);
    } catch (IOException e) {
      throw new UserError(dataDir + " can't be written to: " + DataFolder.reason(e), e);
    }
  }

  private static boolean hasBegun(@Nullable Path dataDir) {
    return dataDir != null && Files.exists(dataDir.resolve("checkpoints"));
  }

  /** Whether the user says what the network sees, be it what the demo has anyway. */
  private static boolean saysWhatItSees(ObjectNode given) {
    return given.path("model").has("preprocessing") || given.path("model").has("backbone");
  }

  private static @Nullable String forImages(String images, MillraceConfig config) {
    String name = images.toLowerCase(Locale.ROOT);
    if (images.equals(Sources.SYNTHETIC) || name.endsWith(".gz") || name.endsWith(".tgz")) {
      return null; // a compressed archive would be unpacked twice
    }
    List<AcceptedImage> seen = look(images, config);
    if (seen.isEmpty()) {
      return null;
    }
    seen.sort(Comparator.comparingInt(i -> Math.min(i.width(), i.height())));
    AcceptedImage middle = seen.get(seen.size() / 2);
    if (Math.min(middle.width(), middle.height()) < PHOTOGRAPH_FROM) {
      return null;
    }
    Logs.say(
        ("preset %s: the images are photographs (%d x %d and the like), so a network for 96 pixels"
                + " that two cores can train; --preset or --set model.preprocessing.size=32 chooses"
                + " otherwise")
            .formatted(FOR_PHOTOGRAPHS, middle.width(), middle.height()));
    return FOR_PHOTOGRAPHS;
  }

  private static List<AcceptedImage> look(String images, MillraceConfig config) {
    var seen = new ArrayList<AcceptedImage>();
    try (ImageSource source = Sources.open(images, config.synthetic());
        var decoder = new ImageDecoder(config.decode())) {
      ImageSet set = source.stream();
      var accept = config.acceptImages(decoder);
      long step = Math.max(1, set.count() / LOOKED_AT);
      for (long i = 0; i < set.count() && seen.size() < LOOKED_AT; i += step) {
        try {
          AcceptedImage image = accept.accept(set.read(i).bytes());
          if (image.value() != null) {
            seen.add(image);
          }
        } catch (IOException e) {
          log.debug("{} can't be read; another one tells", set.place(i), e);
        }
      }
    } catch (IOException e) {
      throw new UserError("can't read images from " + images + ": " + e.getMessage(), e);
    }
    return seen;
  }
}
