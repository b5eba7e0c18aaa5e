package io.millrace.learner.loop;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps skipped batches as folders {@code step-<number>}: {@code batch.json} with the reason and
 * the ids, images as PNG files in their order. The first 20 are kept; what came to grief first says
 * most. A forgotten image goes from here too.
 */
public final class SkippedBatchFiles implements SkippedBatches {
  private static final Logger LOG = LoggerFactory.getLogger(SkippedBatchFiles.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST = 20;
  private static final String BATCH = "batch.json";
  private static final String FORGOTTEN = "(forgotten)";

  private final Path directory;

  public SkippedBatchFiles(Path directory) {
    this.directory = directory;
  }

  @Override
  public void keep(long step, List<IdentifiedImage> images, boolean withPixels, String why) {
    try {
      Files.createDirectories(directory);
      try (var there = Files.list(directory)) {
        if (there.count() >= MOST) {
          LOG.warn("{} holds {} skipped batches, no more are kept", directory, MOST);
          return;
        }
      }
      Path folder = Files.createDirectories(directory.resolve("step-" + step));
      Files.write(
          folder.resolve(BATCH),
          JSON.writerWithDefaultPrettyPrinter()
              .writeValueAsBytes(
                  Map.of("step", step, "reason", why, "ids", IdentifiedImage.ids(images))));
      for (int i = 0; withPixels && i < images.size(); i++) {
        ImageIO.write(picture(images.get(i).image()), "png", folder.resolve(i + ".png").toFile());
      }
      LOG.info("the batch is kept in {}", folder);
    } catch (IOException e) {
      LOG.error("could not keep the batch of update {} in {}: {}", step, directory, e.toString());
    }
  }

  @Override
  public void forget(Collection<String> ids) {
    if (ids.isEmpty() || !Files.isDirectory(directory)) {
      return;
    }
    try (var there = Files.list(directory)) {
      for (Path folder : there.filter(Files::isDirectory).toList()) {
        forget(folder, ids);
      }
    } catch (IOException e) {
      LOG.error("could not forget {} images in {}: {}", ids.size(), directory, e.toString());
    }
  }

  private static void forget(Path folder, Collection<String> ids) throws IOException {
    Path file = folder.resolve(BATCH);
    if (!Files.isRegularFile(file)
        || !(JSON.readTree(file.toFile()) instanceof ObjectNode batch)
        || !(batch.get("ids") instanceof ArrayNode kept)) {
      return;
    }
    boolean changed = false;
    for (int i = 0; i < kept.size(); i++) {
      if (ids.contains(kept.get(i).asText())) {
        Files.deleteIfExists(folder.resolve(i + ".png"));
        kept.set(i, JSON.getNodeFactory().textNode(FORGOTTEN));
        changed = true;
      }
    }
    if (changed) {
      Files.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(batch));
      LOG.info("forgot images of the batch in {}", folder);
    }
  }

  private static BufferedImage picture(PixelImage image) {
    var out = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.rgb();
    for (int y = 0, i = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++, i += 3) {
        out.setRGB(x, y, (rgb[i] & 255) << 16 | (rgb[i + 1] & 255) << 8 | (rgb[i + 2] & 255));
      }
    }
    return out;
  }
}
