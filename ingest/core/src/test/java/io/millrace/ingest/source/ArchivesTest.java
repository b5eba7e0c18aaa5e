package io.millrace.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ingest.image.ImageRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders and archives as people and systems make them. */
class ArchivesTest {
  @TempDir Path temp;

  @Test
  void tarLinksLeadToTheirFilesAndWhatIsNoFileIsLeftOut() throws IOException {
    Path tar = temp.resolve("links.tar");
    try (OutputStream out = Files.newOutputStream(tar);
        TarArchiveOutputStream archive = new TarArchiveOutputStream(out)) {
      file(archive, "cats/a.jpg", "a");
      entry(archive, "cats/hard.jpg", TarConstants.LF_LINK, "cats/a.jpg");
      entry(archive, "cats/soft.jpg", TarConstants.LF_SYMLINK, "a.jpg");
      entry(archive, "dogs/other.jpg", TarConstants.LF_SYMLINK, "../cats/soft.jpg");
      entry(archive, "dogs/later.jpg", TarConstants.LF_SYMLINK, "./z.jpg");
      file(archive, "dogs/z.jpg", "z");
      entry(archive, "dogs/out.jpg", TarConstants.LF_SYMLINK, "../../etc/a.jpg");
      entry(archive, "dogs/root.jpg", TarConstants.LF_SYMLINK, "/cats/a.jpg");
      entry(archive, "dogs/gone.jpg", TarConstants.LF_LINK, "dogs/nothing.jpg");
      entry(archive, "dogs/loop.jpg", TarConstants.LF_SYMLINK, "pool.jpg");
      entry(archive, "dogs/pool.jpg", TarConstants.LF_SYMLINK, "loop.jpg");
      entry(archive, "dogs/pipe.jpg", TarConstants.LF_FIFO, "");
      entry(archive, "dogs/disk.jpg", TarConstants.LF_BLK, "");
      entry(archive, "dogs/tty.jpg", TarConstants.LF_CHR, "");
    }
    try (ImageSource source = ImageSources.open(tar)) {
      assertThat(content(source))
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "cats/a.jpg", "a",
                  "cats/hard.jpg", "a",
                  "cats/soft.jpg", "a",
                  "dogs/other.jpg", "a",
                  "dogs/later.jpg", "z",
                  "dogs/z.jpg", "z"));
      assertThat(source.skippedFiles().count(SkipReason.BROKEN_LINK)).isEqualTo(5);
      assertThat(source.skippedFiles().count(SkipReason.SPECIAL)).isEqualTo(3);
      assertThat(source.skippedFiles().lines())
          .contains(
              "3 pipes, sockets, devices or other entries that are no files: "
                  + "dogs/pipe.jpg, dogs/disk.jpg, dogs/tty.jpg");
    }
  }

  @Test
  void foldersAroundTheClassFoldersAreLookedThrough() throws IOException {
    for (String around : new String[] {"", "photos/", "a/b/c/"}) {
      Path folder = temp.resolve("in-" + around.length());
      for (String path : List.of("cats/1.jpg", "dogs/1.jpg", "birds/small/1.jpg")) {
        write(folder.resolve(around + path), path);
      }
      try (ImageSource source = ImageSources.open(folder)) {
        assertThat(source.labels()).containsExactly("birds", "cats", "dogs");
      }
    }
    write(temp.resolve("one/photos/1.jpg"), "1");
    try (ImageSource source = ImageSources.open(temp.resolve("one"))) {
      assertThat(source.labels()).containsExactly("photos");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void hiddenFoldersAreSkippedAtAnyDepth(boolean packed) throws IOException {
    List<String> hidden =
        List.of(
            ".git/a.jpg",
            ".ipynb_checkpoints/a.jpg",
            "cats/.ipynb_checkpoints/a.jpg",
            "cats/x/@eaDir/y/a.jpg",
            "__MACOSX/cats/a.jpg",
            "cats/__MACOSX/a.jpg",
            "$RECYCLE.BIN/a.jpg",
            "#recycle/a.jpg",
            ".Trash-1000/a.jpg",
            "System Volume Information/a.jpg",
            "cats/._1.jpg",
            "cats/.hidden.jpg");
    Path tar = temp.resolve("hidden.tar");
    Path folder = temp.resolve("hidden");
    try (OutputStream out = Files.newOutputStream(tar);
        TarArchiveOutputStream archive = new TarArchiveOutputStream(out)) {
      for (String path : hidden) {
        file(archive, path, "hidden");
        write(folder.resolve(path), "hidden");
      }
      file(archive, "cats/1.jpg", "1");
      write(folder.resolve("cats/1.jpg"), "1");
    }
    try (ImageSource source = ImageSources.open(packed ? tar : folder)) {
      assertThat(content(source)).containsExactly(Map.entry("cats/1.jpg", "1"));
      assertThat(source.labels()).containsExactly("cats");
      assertThat(source.skippedFiles().count(SkipReason.HIDDEN)).isEqualTo(hidden.size());
    }
  }

  @Test
  void otherFormatsAreNamedAndNotPublished() throws IOException {
    Path folder = temp.resolve("formats");
    for (String name : List.of("a.heic", "b.WEBP", "c.gif", "d.tiff", "e.jpg")) {
      write(folder.resolve(name), "x");
    }
    write(folder.resolve("notes.txt"), "x");
    byte[] webp = "RIFF\0\0\0\0WEBPVP8 ".getBytes(StandardCharsets.ISO_8859_1);
    byte[] heic = "\0\0\0\u0018ftypheic....".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(folder.resolve("f.jpg"), webp);
    Files.write(folder.resolve("g.png"), heic);
    try (ImageSource source = ImageSources.open(folder)) {
      assertThat(source.stream().count()).isEqualTo(3);
      assertThat(source.skippedFiles().lines())
          .containsExactly(
              "1 no images by their names: notes.txt",
              "4 images of a format other than JPEG and PNG: convert them: "
                  + "a.heic, b.WEBP, c.gif, …");
      assertThatThrownBy(() -> source.stream().read(1))
          .isInstanceOf(IOException.class)
          .hasMessage("f.jpg is a WebP image, whatever its name: convert it to JPEG or PNG");
      assertThatThrownBy(() -> source.stream().read(2)).hasMessageContaining("g.png is a HEIC");
    }
    Path none = temp.resolve("none");
    write(none.resolve("a.heic"), "x");
    assertThatThrownBy(() -> ImageSources.open(none))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none holds no JPEG or PNG image")
        .hasMessageContaining("a.heic");
    Path empty = Files.createDirectory(temp.resolve("empty"));
    assertThatThrownBy(() -> ImageSources.open(empty))
        .isInstanceOf(IOException.class)
        .hasMessage("empty holds no JPEG or PNG image that can be read: it is empty");
  }

  @Test
  void zipNamesOfOldWindowsAreKeptApartAndStayTheSame() throws IOException {
    Charset cp437 = Charset.forName("IBM437");
    Path zip = zip("cp437.zip", cp437, "étés/1.jpg", "étés/2.jpg", "dogs/1.jpg");
    try (ImageSource source = ImageSources.open(zip)) {
      assertThat(content(source)).containsOnlyKeys("étés/1.jpg", "étés/2.jpg", "dogs/1.jpg");
    }
    Charset gbk = Charset.forName("GBK");
    Path chinese = zip("gbk.zip", gbk, "猫/1.jpg", "狗/1.jpg");
    try (ImageSource first = ImageSources.open(chinese);
        ImageSource again = ImageSources.open(chinese);
        ImageSource told = ImageSources.open(chinese, new SourceOptions(false, gbk))) {
      assertThat(first.labels()).hasSize(2);
      assertThat(content(first)).hasSize(2).isEqualTo(content(again));
      assertThat(ids(first)).hasSize(2).isEqualTo(ids(again));
      assertThat(told.labels()).containsExactlyInAnyOrder("猫", "狗");
    }
    Charset japanese = Charset.forName("Shift_JIS");
    try (ImageSource told =
        ImageSources.open(
            zip("sjis.zip", japanese, "ねこ/表.jpg"), new SourceOptions(false, japanese))) {
      assertThat(content(told)).containsOnlyKeys("ねこ/表.jpg");
    }
    Path utf8 = zip("utf8.zip", StandardCharsets.UTF_8, "Ähre/größe.jpg");
    try (ImageSource source = ImageSources.open(utf8)) {
      assertThat(content(source)).containsOnlyKeys("Ähre/größe.jpg");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deflate64.zip", "bzip2.zip"})
  void packedByOtherMethods(String name) throws Exception {
    try (ImageSource source = ImageSources.open(resource(name))) {
      assertThat(source.stream().count()).isEqualTo(2);
      byte[] a = source.stream().read(0).bytes();
      byte[] b = source.stream().read(1).bytes();
      assertThat(a).hasSize(1010).startsWith(0xFF, 0xD8);
      assertThat(b).hasSize(4010).endsWith(a);
      assertThat(source.stream().read(0).sha256())
          .isEqualTo(
              io.millrace.ingest.image.ContentHash.sha256(
                  Files.readAllBytes(
                      Path.of(
                          ArchivesTest.class
                              .getResource("/images/quantization-16-bit.jpg")
                              .toURI()))));
    }
  }

  @Test
  void anEncryptedZipSaysSo() {
    assertThatThrownBy(() -> ImageSources.open(resource("encrypted.zip")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("2 encrypted entries: cats/a.jpg, cats/b.jpg");
  }

  @Test
  void whatAFileIsItsContentSays() throws IOException {
    Path tar = temp.resolve("plain");
    try (OutputStream out = Files.newOutputStream(tar);
        TarArchiveOutputStream archive = new TarArchiveOutputStream(out)) {
      file(archive, "cats/1.jpg", "1");
    }
    for (String name : new String[] {"gz.tar", "gz.zip", "gz.tgz", "gz"}) {
      Path packed = temp.resolve(name);
      try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
        Files.copy(tar, out);
      }
      try (ImageSource source = ImageSources.open(packed)) {
        assertThat(content(source)).containsOnlyKeys("cats/1.jpg");
      }
    }
    Path zip = Files.move(zip("x.zip", StandardCharsets.UTF_8, "a/1.jpg"), temp.resolve("x.tar"));
    try (ImageSource source = ImageSources.open(zip)) {
      assertThat(content(source)).containsOnlyKeys("a/1.jpg");
    }
    Path seven = temp.resolve("x.7z");
    Files.write(
        seven,
        ByteBuffer.allocate(600).put("7z\u00bc\u00af'\u001c".getBytes("ISO-8859-1")).array());
    assertThatThrownBy(() -> ImageSources.open(seven)).hasMessageContaining("7z archive");
    Path picture = temp.resolve("picture.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(picture))) {
      out.write(new byte[] {(byte) 0xFF, (byte) 0xD8});
    }
    assertThatThrownBy(() -> ImageSources.open(picture))
        .hasMessageContaining("holds no tar or zip");
  }

  @Test
  void linksOutOfTheFolderAreFollowedOnDemandAlone() throws IOException {
    Path folder = temp.resolve("home");
    write(folder.resolve("cats/1.jpg"), "1");
    write(temp.resolve("elsewhere/2.jpg"), "2");
    try {
      Files.createSymbolicLink(folder.resolve("cats/in.jpg"), Path.of("1.jpg"));
    } catch (UnsupportedOperationException | IOException e) {
      assumeTrue(false, "this system makes no symbolic links: " + e);
    }
    Files.createSymbolicLink(folder.resolve("cats/out.jpg"), temp.resolve("elsewhere/2.jpg"));
    Files.createSymbolicLink(folder.resolve("dogs"), temp.resolve("elsewhere"));
    Files.createSymbolicLink(folder.resolve("cats/dead.jpg"), Path.of("nothing.jpg"));
    try (ImageSource source = ImageSources.open(folder)) {
      assertThat(content(source)).containsOnlyKeys("cats/1.jpg", "cats/in.jpg");
      assertThat(source.skippedFiles().count(SkipReason.OUTSIDE_LINK)).isEqualTo(2);
      assertThat(source.skippedFiles().count(SkipReason.BROKEN_LINK)).isEqualTo(1);
    }
    try (ImageSource source = ImageSources.open(folder, new SourceOptions(true, null))) {
      assertThat(content(source))
          .containsOnlyKeys("cats/1.jpg", "cats/in.jpg", "cats/out.jpg", "dogs/2.jpg");
    }
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(ArchivesTest.class.getResource("/archives/" + name).toURI());
  }

  static Map<String, String> content(ImageSource source) throws IOException {
    Map<String, String> found = new TreeMap<>();
    for (ImageSet set : List.of(source.stream(), source.heldOut())) {
      for (long i = 0; i < set.count(); i++) {
        ImageRecord image = set.read(i);
        found.put(
            String.valueOf(image.origin().subject()),
            new String(image.bytes(), StandardCharsets.UTF_8));
      }
    }
    return found;
  }

  private static List<String> ids(ImageSource source) throws IOException {
    List<String> ids = new ArrayList<>();
    for (ImageSet set : List.of(source.stream(), source.heldOut())) {
      for (long i = 0; i < set.count(); i++) {
        ids.add(set.read(i).id());
      }
    }
    return ids;
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  /** A zip file whose names are in a character set and say nothing of it. */
  private Path zip(String name, Charset names, String... paths) throws IOException {
    Path file = temp.resolve(name);
    try (ZipArchiveOutputStream out = new ZipArchiveOutputStream(file)) {
      out.setEncoding(names.name());
      out.setUseLanguageEncodingFlag(false);
      out.setCreateUnicodeExtraFields(ZipArchiveOutputStream.UnicodeExtraFieldPolicy.NEVER);
      for (String path : paths) {
        out.putArchiveEntry(new ZipArchiveEntry(path));
        out.write(path.getBytes(StandardCharsets.UTF_8));
        out.closeArchiveEntry();
      }
    }
    return file;
  }

  private static void file(TarArchiveOutputStream tar, String path, String content)
      throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    TarArchiveEntry header = new TarArchiveEntry(path);
    header.setSize(bytes.length);
    tar.putArchiveEntry(header);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static void entry(TarArchiveOutputStream tar, String path, byte kind, String target)
      throws IOException {
    TarArchiveEntry header = new TarArchiveEntry(path, kind);
    header.setLinkName(target);
    tar.putArchiveEntry(header);
    tar.closeArchiveEntry();
  }
}
