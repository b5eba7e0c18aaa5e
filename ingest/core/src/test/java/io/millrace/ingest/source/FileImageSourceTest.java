package io.millrace.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.image.ImageRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileImageSourceTest {
  @TempDir Path temp;

  private static Map<String, byte[]> splitFiles() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("train/cat/b.jpg", bytes("cat b"));
    files.put("train/cat/a.JPEG", bytes("cat a"));
    files.put("train/dog/x.png", bytes("dog x"));
    files.put("test/dog/y.png", bytes("dog y"));
    files.put("test/cat/z.jpg", bytes("cat z"));
    files.put("README.txt", bytes("no image"));
    files.put("train/cat/.hidden.jpg", bytes("hidden"));
    return files;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void everyKindOfStoreGivesTheSameImagesAndTheSameSplit() throws IOException {
    Map<String, byte[]> files = splitFiles();
    List<Path> stores =
        List.of(
            folder("a/pics", files),
            zip("pics.zip", files, ZipEntry.STORED),
            zip("deflated.zip", files, ZipEntry.DEFLATED),
            tar("pics.tar", files),
            tgz("pics.tar.gz", files),
            tgz("pics.tgz", files));
    for (Path store : stores) {
      try (ImageSource source = ImageSources.open(store)) {
        assertThat(source.name()).isEqualTo(String.valueOf(store.getFileName()));
        assertThat(read(source.stream()))
            .containsExactlyInAnyOrderEntriesOf(
                Map.of(
                    "train/cat/a.JPEG cat", "cat a",
                    "train/cat/b.jpg cat", "cat b",
                    "train/dog/x.png dog", "dog x"));
        assertThat(read(source.heldOut()))
            .containsExactlyInAnyOrderEntriesOf(
                Map.of("test/dog/y.png dog", "dog y", "test/cat/z.jpg cat", "cat z"));
        assertThat(source.labels()).containsExactly("cat", "dog");
        assertThat(source.skipped().noImages()).isEqualTo(2);
      }
    }
  }

  @Test
  void imagesOfOtherKindsAreLeftOutByTheEndOfTheirNames() throws IOException {
    Map<String, byte[]> files = splitFiles();
    files.put("train/cat/c.HEIC", bytes("phone"));
    files.put("train/cat/d.webp", bytes("web"));
    files.put("train/cat/e.webp", bytes("web"));
    try (ImageSource source = ImageSources.open(folder("kinds", files))) {
      assertThat(source.stream().count()).isEqualTo(3);
      assertThat(source.skipped().undecodable()).isEqualTo(Map.of("heic", 1L, "webp", 2L));
      assertThat(source.skipped().noImages()).isEqualTo(2);
      assertThat(source.skipped().examples()).hasSize(3);
    }
  }

  @Test
  void aFolderIsOrderedByPathAndAnArchiveByItself() throws IOException {
    Map<String, byte[]> files = splitFiles();
    try (ImageSource folder = ImageSources.open(folder("f", files));
        ImageSource tar = ImageSources.open(tar("t.tar", files))) {
      assertThat(read(folder.stream()).keySet())
          .containsExactly("train/cat/a.JPEG cat", "train/cat/b.jpg cat", "train/dog/x.png dog");
      assertThat(read(tar.stream()).keySet())
          .containsExactly("train/cat/b.jpg cat", "train/cat/a.JPEG cat", "train/dog/x.png dog");
    }
  }

  @Test
  void aFolderAroundAllIsLookedThrough() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    splitFiles().forEach((path, bytes) -> files.put("./set-1/" + path, bytes));
    try (ImageSource source = ImageSources.open(tar("wrapped.tar", files))) {
      assertThat(source.labels()).containsExactly("cat", "dog");
      assertThat(source.heldOut().count()).isEqualTo(2);
    }
  }

  @Test
  void aClassCalledTrainIsAClass() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int i = 0; i < 100; i++) {
      files.put("train/" + i + ".jpg", bytes("train " + i));
      files.put("plane/" + i + ".jpg", bytes("plane " + i));
    }
    try (ImageSource source = ImageSources.open(folder("vehicles", files))) {
      assertThat(source.labels()).containsExactly("plane", "train");
    }
  }

  @Test
  void withoutATestFolderATenthOfEachClassIsHeldOutAndStaysSoWhenImagesJoin() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int i = 0; i < 1_000; i++) {
      files.put("cat/" + i + ".jpg", bytes("cat " + i));
      files.put("dog/" + i + ".jpg", bytes("dog " + i));
    }
    Set<String> before;
    try (ImageSource source = ImageSources.open(zip("some.zip", files, ZipEntry.STORED))) {
      before = read(source.heldOut()).keySet();
      Set<String> streamed = new HashSet<>(read(source.stream()).keySet());
      assertThat(streamed).doesNotContainAnyElementsOf(before);
      assertThat(streamed.size() + before.size()).isEqualTo(2_000);
      for (String label : source.labels()) {
        assertThat(before.stream().filter(key -> key.endsWith(label)).count()).isBetween(70L, 130L);
      }
    }
    for (int i = 1_000; i < 1_500; i++) {
      files.put("cat/" + i + ".jpg", bytes("cat " + i));
    }
    try (ImageSource source = ImageSources.open(zip("more.zip", files, ZipEntry.STORED))) {
      assertThat(read(source.heldOut()).keySet()).containsAll(before);
    }
  }

  @Test
  void imagesWithoutAClassFolderAreAllStreamed() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int i = 0; i < 50; i++) {
      files.put(i + ".jpg", bytes("picture " + i));
    }
    try (ImageSource source = ImageSources.open(folder("flat", files))) {
      assertThat(source.stream().count()).isEqualTo(50);
      assertThat(source.heldOut().count()).isZero();
      assertThat(source.labels()).isEmpty();
      assertThat(source.stream().label(0)).isNull();
    }
  }

  @Test
  void idsTellNoClassAndStayTheSameFromRunToRun() throws IOException {
    Path zip = zip("pics.zip", splitFiles(), ZipEntry.STORED);
    List<String> ids = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      try (ImageSource source = ImageSources.open(zip)) {
        ImageRecord image = source.stream().read(0);
        ids.add(image.id());
        assertThat(image.id()).matches("[0-9a-f]{32}");
        assertThat(image.origin().subject()).isEqualTo("train/cat/b.jpg");
        assertThat(image.origin().source()).isEqualTo("/millrace/pics.zip");
      }
    }
    assertThat(ids.get(0)).isEqualTo(ids.get(1));
  }

  @Test
  void theFingerprintFollowsTheContent() throws IOException {
    Map<String, byte[]> files = splitFiles();
    Map<String, byte[]> other = splitFiles();
    other.put("train/cat/c.jpg", bytes("cat c"));
    try (ImageSource a = ImageSources.open(folder("one", files));
        ImageSource b = ImageSources.open(folder("two", files));
        ImageSource c = ImageSources.open(folder("three", other))) {
      assertThat(a.fingerprint()).isEqualTo(b.fingerprint()).isNotEqualTo(c.fingerprint());
    }
  }

  @Test
  void aPathTwiceInATarCountsOnceAndItsLastBytesCount() throws IOException {
    Path tar = temp.resolve("twice.tar");
    try (OutputStream out = Files.newOutputStream(tar);
        TarArchiveOutputStream archive = new TarArchiveOutputStream(out)) {
      add(archive, "a.jpg", bytes("old"));
      add(archive, "b.jpg", bytes("b"));
      add(archive, "a.jpg", bytes("new one"));
    }
    try (ImageSource source = ImageSources.open(tar)) {
      assertThat(read(source.stream()))
          .containsExactlyInAnyOrderEntriesOf(Map.of("a.jpg null", "new one", "b.jpg null", "b"));
    }
  }

  @Test
  void whatCanNotBeOpenedSaysWhy() throws IOException {
    assertThatThrownBy(() -> ImageSources.open(temp.resolve("nowhere")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nowhere");
    Path text = Files.writeString(temp.resolve("notes.txt"), "text");
    assertThatThrownBy(() -> ImageSources.open(text))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("notes.txt is no folder, .zip");
    Path damaged = Files.writeString(temp.resolve("damaged.zip"), "text");
    assertThatThrownBy(() -> ImageSources.open(damaged)).isInstanceOf(IOException.class);
  }

  @Test
  void aCompressedTarThatUnpacksBeyondTheLimitIsRefusedAndLeavesNothing() throws IOException {
    Path bomb = tgz("bomb.tgz", Map.of("a.jpg", new byte[1 << 20]));
    assertThatThrownBy(() -> ImageSources.open(bomb, 100_000))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("100000 bytes, the limit");
  }

  @Test
  void aFileThatVanishesIsAnIoException() throws IOException {
    Path folder = folder("going", Map.of("a.jpg", bytes("a")));
    try (ImageSource source = ImageSources.open(folder)) {
      Files.delete(folder.resolve("a.jpg"));
      assertThatThrownBy(() -> source.stream().read(0)).isInstanceOf(IOException.class);
    }
  }

  private static Map<String, String> read(ImageSet set) throws IOException {
    Map<String, String> images = new LinkedHashMap<>();
    for (long i = 0; i < set.count(); i++) {
      ImageRecord image = set.read(i);
      assertThat(image.origin().label()).isEqualTo(set.label(i));
      images.put(
          String.valueOf(image.origin().subject()).replace("./set-1/", "") + " " + set.label(i),
          new String(image.bytes(), StandardCharsets.UTF_8));
    }
    return images;
  }

  private Path folder(String name, Map<String, byte[]> files) {
    Path root = temp.resolve(name.replace("/", FileSystems.getDefault().getSeparator()));
    files.forEach(
        (path, bytes) -> {
          try {
            Path file = root.resolve(path);
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return root;
  }

  private Path zip(String name, Map<String, byte[]> files, int method) throws IOException {
    Path file = temp.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> entry : files.entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        header.setMethod(method);
        if (method == ZipEntry.STORED) {
          CRC32 crc = new CRC32();
          crc.update(entry.getValue());
          header.setCrc(crc.getValue());
          header.setSize(entry.getValue().length);
        }
        zip.putNextEntry(header);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return file;
  }

  private Path tar(String name, Map<String, byte[]> files) throws IOException {
    Path file = temp.resolve(name);
    write(Files.newOutputStream(file), files);
    return file;
  }

  private Path tgz(String name, Map<String, byte[]> files) throws IOException {
    Path file = temp.resolve(name);
    write(new GZIPOutputStream(Files.newOutputStream(file)), files);
    return file;
  }

  private static void write(OutputStream out, Map<String, byte[]> files) throws IOException {
    try (out;
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : files.entrySet()) {
        add(tar, entry.getKey(), entry.getValue());
      }
    }
  }

  private static void add(TarArchiveOutputStream tar, String path, byte[] bytes)
      throws IOException {
    TarArchiveEntry header = new TarArchiveEntry(path);
    header.setSize(bytes.length);
    tar.putArchiveEntry(header);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }
}
