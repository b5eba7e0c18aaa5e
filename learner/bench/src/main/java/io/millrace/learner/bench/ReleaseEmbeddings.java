package io.millrace.learner.bench;

import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.source.ImageSet;
import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.source.ImageSources;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ReleaseEmbedder;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Embeddings that a release gives of images.
 *
 * @param held of a source's images; where these are too few, of their mirror images too; mixed
 * @param asked of its held-out images
 */
record ReleaseEmbeddings(List<float[]> held, List<float[]> asked) {
  private static final int BATCH = 64;

  /**
   * Embeds them, or reads them from a file that this wrote.
   *
   * @param cache file; made where it is not there
   * @throws IOException when the file is of another release, or there are too few images
   */
  static ReleaseEmbeddings of(
      DemoRelease release, Path images, int held, int asked, Precision precision, Path cache)
      throws IOException {
    String name =
        release.manifest().weightsSha256() + " " + images.getFileName() + " " + held + " " + asked;
    if (Files.exists(cache)) {
      return read(cache, name, held, asked);
    }
    var found = new ReleaseEmbeddings(new ArrayList<>(), new ArrayList<>());
    try (ImageSource source = ImageSources.open(images);
        ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
        Engine engine = Engines.open("torch", EngineOptions.cpu(precision));
        var embedder =
            new ReleaseEmbedder(
                new ReleaseReader(release.folder()).load(release.manifest(), engine))) {
      int plain = (int) Math.min(source.stream().count(), held);
      embed(embedder, decoder, source.stream(), plain, false, found.held);
      embed(embedder, decoder, source.stream(), held - plain, true, found.held);
      embed(embedder, decoder, source.heldOut(), asked, false, found.asked);
    }
    Collections.shuffle(found.held, new Random(1));
    found.write(cache, name);
    return found;
  }

  private static void embed(
      ReleaseEmbedder embedder,
      ImageDecoder decoder,
      ImageSet set,
      int count,
      boolean mirrored,
      List<float[]> out)
      throws IOException {
    if (count > set.count()) {
      throw new IOException("there are " + set.count() + " images: expected at least " + count);
    }
    List<PixelImage> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (!(decoder.decode(set.read(i).bytes()) instanceof DecodeOutcome.Decoded decoded)) {
        throw new IOException(set.place(i) + " does not decode");
      }
      batch.add(mirrored ? mirror(decoded.image()) : decoded.image());
      if (batch.size() == BATCH || i == count - 1) {
        for (Embedding one : embedder.embed(batch)) {
          if (one == null) {
            throw new IOException("an image up to " + set.place(i) + " has no embedding");
          }
          out.add(one.vector());
        }
        batch.clear();
      }
    }
  }

  private static PixelImage mirror(PixelImage image) {
    byte[] in = image.rgb();
    byte[] out = new byte[in.length];
    int width = image.width();
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < width; x++) {
        System.arraycopy(in, 3 * (y * width + x), out, 3 * (y * width + width - 1 - x), 3);
      }
    }
    return new PixelImage(width, image.height(), out);
  }

  private void write(Path file, String name) throws IOException {
    try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeUTF(name);
      out.writeInt(held.get(0).length);
      for (float[] vector : Stream.concat(held.stream(), asked.stream()).toList()) {
        for (float v : vector) {
          out.writeFloat(v);
        }
      }
    }
  }

  private static ReleaseEmbeddings read(Path file, String name, int held, int asked)
      throws IOException {
    try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      String found = in.readUTF();
      if (!found.equals(name)) {
        throw new IOException(file + " holds embeddings of " + found + ": expected " + name);
      }
      int dim = in.readInt();
      List<float[]> all = new ArrayList<>();
      for (int i = 0; i < held + asked; i++) {
        float[] vector = new float[dim];
        for (int j = 0; j < dim; j++) {
          vector[j] = in.readFloat();
        }
        all.add(vector);
      }
      return new ReleaseEmbeddings(all.subList(0, held), all.subList(held, held + asked));
    }
  }
}
