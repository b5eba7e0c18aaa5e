package io.millrace.ingest.source;

import io.millrace.ingest.image.ContentHash;
import io.millrace.ingest.image.ImageOrigin;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.image.OtherFormats;
import io.millrace.ingest.stream.ImageHeaders;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Image files of a folder or an archive. An image's id is a hash of the source's name and its path,
 * so it stays the same from run to run and tells no class.
 */
final class FileImageSource implements ImageSource {
  private static final Logger LOG = LoggerFactory.getLogger(FileImageSource.class);

  /** Larger files are not read: far over any broker's message limit. */
  private static final int MAX_IMAGE_BYTES = 256 << 20;

  private static final int SHOWN_CLASSES = 20;

  private final String name;
  private final FileStore store;
  private final ImageLayout layout;
  private final String fingerprint;
  private final SkippedFiles skipped;

  /**
   * @throws IOException when it holds no image that can be read
   */
  FileImageSource(String name, FileStore store) throws IOException {
    this.name = name;
    this.store = store;
    this.layout = ImageLayout.of(store.entries());
    this.fingerprint = fingerprint(store, layout);
    this.skipped = new SkippedFiles();
    skipped.addAll(store.skipped());
    skipped.addAll(layout.skipped());
    long images = layout.stream().size() + layout.heldOut().size();
    if (images == 0) {
      throw new IOException(
          name
              + " holds no JPEG or PNG image that can be read: "
              + (skipped.total() == 0 ? "it is empty" : String.join("; ", skipped.lines())));
    }
    LOG.info(
        "{}: {} images to publish, {} held out for evaluation, {}",
        name,
        layout.stream().size(),
        layout.heldOut().size(),
        classes());
    for (String line : skipped.lines()) {
      LOG.info("{}: skipped {}", name, line);
    }
  }

  private String classes() {
    List<String> labels = labels();
    if (labels.isEmpty()) {
      return "no class folders";
    }
    int shown = Math.min(labels.size(), SHOWN_CLASSES);
    return labels.size()
        + (labels.size() == 1 ? " class: " : " classes: ")
        + String.join(", ", labels.subList(0, shown))
        + (shown < labels.size() ? ", …" : "");
  }

  /** A hash of paths and sizes, which needs no reading. */
  private static String fingerprint(FileStore store, ImageLayout layout) {
    MessageDigest digest = ContentHash.newDigest();
    for (ImageLayout.Item item : layout.stream()) {
      String line = item.path() + "\n" + store.entries().get(item.number()).bytes() + "\n";
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  @Override
  public ImageSet stream() {
    return new Items(layout.stream());
  }

  @Override
  public ImageSet heldOut() {
    return new Items(layout.heldOut());
  }

  @Override
  public List<String> labels() {
    return Stream.concat(layout.stream().stream(), layout.heldOut().stream())
        .map(ImageLayout.Item::label)
        .filter(Objects::nonNull)
        .distinct()
        .sorted()
        .toList();
  }

  @Override
  public SkippedFiles skippedFiles() {
    return skipped;
  }

  @Override
  public void close() throws IOException {
    store.close();
  }

  private final class Items implements ImageSet {
    private final List<ImageLayout.Item> items;

    Items(List<ImageLayout.Item> items) {
      this.items = items;
    }

    @Override
    public long count() {
      return items.size();
    }

    @Override
    public ImageRecord read(long index) throws IOException {
      ImageLayout.Item item = item(index);
      byte[] bytes = store.read(item.number(), MAX_IMAGE_BYTES);
      String other = OtherFormats.byContent(bytes);
      if (other != null) {
        throw new IOException(
            item.path()
                + " is a "
                + other
                + " image, whatever its name: convert it to JPEG or PNG");
      }
      ImageOrigin origin =
          new ImageOrigin(
              "/millrace/" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"),
              ImageHeaders.TYPE_IMAGE,
              store.entries().get(item.number()).modified(),
              item.path(),
              item.label());
      return new ImageRecord(id(item.path()), bytes, origin);
    }

    @Override
    public @Nullable String label(long index) {
      return item(index).label();
    }

    @Override
    public String place(long index) {
      return name + "/" + item(index).path();
    }

    private ImageLayout.Item item(long index) {
      return items.get((int) Objects.checkIndex(index, (long) items.size()));
    }
  }

  private String id(String path) {
    String key = name + "\n" + path;
    return ContentHash.sha256(key.getBytes(StandardCharsets.UTF_8)).substring(0, 32);
  }
}
