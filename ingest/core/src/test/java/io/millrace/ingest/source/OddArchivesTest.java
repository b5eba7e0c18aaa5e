package io.millrace.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorStreamFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What archives may hold besides plain files: nothing is lost, or becomes another, in silence. */
class OddArchivesTest {
  private static final int LZMA = 14;
  private static final int PIPE = 0010644;
  private static final int DEVICE = 0020644;
  private static final int SOCKET = 0140644;

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource({"xz,95", "zstd,93"})
  void packedByNewerMethods(String name, int method) throws Exception {
    byte[] image = "an image".getBytes(StandardCharsets.UTF_8);
    Path zip = temp.resolve("new.zip");
    try (var out = new ZipArchiveOutputStream(zip)) {
      raw(out, "cats/a.jpg", method, image, packed(name, image));
      raw(out, "cats/b.jpg", LZMA, image, image);
    }
    try (ImageSource source = ImageSources.open(zip)) {
      assertThat(ArchivesTest.content(source)).containsExactly(Map.entry("cats/a.jpg", "an image"));
      assertThat(source.skippedFiles().count(SkipReason.COMPRESSION)).isEqualTo(1);
    }
    Path tar = Files.write(temp.resolve("tar." + name), packed(name, tar()));
    try (ImageSource source = ImageSources.open(tar)) {
      assertThat(ArchivesTest.content(source)).containsExactly(Map.entry("cats/a.jpg", "a"));
    }
  }

  @Test
  void pipesDevicesAndSocketsOfAZipAreLeftOut() throws IOException {
    Path zip = temp.resolve("special.zip");
    try (var out = new ZipArchiveOutputStream(zip)) {
      for (int mode : new int[] {PIPE, DEVICE, SOCKET, 0100644, 0644, 0}) {
        var entry = new ZipArchiveEntry("cats/" + mode + ".jpg");
        entry.setUnixMode(mode);
        out.putArchiveEntry(entry);
        out.closeArchiveEntry();
      }
    }
    try (ImageSource source = ImageSources.open(zip)) {
      assertThat(ArchivesTest.content(source)).hasSize(3);
      assertThat(source.skippedFiles().count(SkipReason.SPECIAL)).isEqualTo(3);
    }
  }

  @Test
  void namesThatAreCalledUtf8AndAreNotStayApart() throws IOException {
    Path zip = temp.resolve("called-utf8.zip");
    try (var out = new ZipArchiveOutputStream(zip)) {
      out.setEncoding(StandardCharsets.ISO_8859_1.name());
      for (String path : List.of("ä/1.jpg", "ö/1.jpg")) {
        stored(out, path, path);
      }
    }
    byte[] bytes = Files.readAllBytes(zip);
    for (int i = 0; i < bytes.length - 3; i++) {
      if (bytes[i] == 'P' && bytes[i + 1] == 'K' && bytes[i + 2] < 5) {
        bytes[i + (bytes[i + 2] == 3 ? 7 : 9)] |= 8; // the language encoding flag
      }
    }
    Files.write(zip, bytes);
    try (ImageSource source = ImageSources.open(zip)) {
      assertThat(ArchivesTest.content(source).values())
          .containsExactlyInAnyOrder("ä/1.jpg", "ö/1.jpg");
    }
  }

  @Test
  void aWrongChecksumIsNoImage() throws IOException {
    Path zip = temp.resolve("damaged.zip");
    try (var out = new ZipArchiveOutputStream(zip)) {
      stored(out, "a.jpg", "whole");
      stored(out, "b.jpg", "broken");
    }
    byte[] bytes = Files.readAllBytes(zip);
    bytes[new String(bytes, StandardCharsets.ISO_8859_1).indexOf("broken")] ^= 1;
    Files.write(zip, bytes);
    try (ImageSource source = ImageSources.open(zip)) {
      assertThat(source.stream().read(0).bytes()).asString().isEqualTo("whole");
      assertThatThrownBy(() -> source.stream().read(1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("b.jpg is damaged: its checksum is ");
    }
  }

  @Test
  void aTarsOtherKindsAreLeftOutAndItsLaterEntriesCount() throws IOException {
    Path tar = temp.resolve("kinds.tar");
    try (OutputStream out = Files.newOutputStream(tar);
        var archive = new TarArchiveOutputStream(out)) {
      file(archive, "cats/a.jpg", TarConstants.LF_NORMAL, "a");
      file(archive, "cats/run.jpg", TarConstants.LF_CONTIG, "contiguous");
      for (char kind : "DMVNZ".toCharArray()) {
        file(archive, "odd/" + kind + ".jpg", (byte) kind, "");
      }
      link(archive, "shelf", "cats");
      link(archive, "dogs/through.jpg", "../shelf/a.jpg");
      link(archive, "circle", "circle/within");
      link(archive, "dogs/never.jpg", "../circle/a.jpg");
      link(archive, "dogs/first.jpg", "../cats/a.jpg");
      file(archive, "dogs/first.jpg", TarConstants.LF_NORMAL, "second");
      file(archive, "dogs/last.jpg", TarConstants.LF_NORMAL, "first");
      link(archive, "dogs/last.jpg", "../cats/a.jpg");
    }
    try (ImageSource source = ImageSources.open(tar)) {
      assertThat(ArchivesTest.content(source))
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "cats/a.jpg", "a",
                  "cats/run.jpg", "contiguous",
                  "dogs/through.jpg", "a",
                  "dogs/first.jpg", "second",
                  "dogs/last.jpg", "a"));
      assertThat(source.skippedFiles().count(SkipReason.SPECIAL)).isEqualTo(5);
      assertThat(source.skippedFiles().count(SkipReason.BROKEN_LINK)).isEqualTo(3);
    }
  }

  @Test
  void aTarWithoutItsEndIsSaidToBeCutOff() throws IOException {
    byte[] whole = tar();
    assertThat(TarStore.isCutOff(Files.write(temp.resolve("whole.tar"), whole), 1024)).isFalse();
    byte[] cut = java.util.Arrays.copyOf(whole, 1024);
    assertThat(TarStore.isCutOff(Files.write(temp.resolve("cut.tar"), cut), 1024)).isTrue();
    byte[] header = java.util.Arrays.copyOf(whole, 2048);
    System.arraycopy(whole, 0, header, 1024, 512);
    assertThat(TarStore.isCutOff(Files.write(temp.resolve("header.tar"), header), 1024)).isTrue();
  }

  @Test
  void imagesBesideTheOneFolderDoNotMakeItAClass() throws IOException {
    for (String path : List.of("set/cats/1.jpg", "set/dogs/1.jpg", "preview.png", "set/logo.png")) {
      write(temp.resolve("beside").resolve(path));
    }
    try (ImageSource source = ImageSources.open(temp.resolve("beside"))) {
      assertThat(source.labels()).containsExactly("cats", "dogs");
      assertThat(source.stream().count() + source.heldOut().count()).isEqualTo(4);
    }
  }

  @Test
  void validAndTestingAreHeldOutBesideTrainingAlone() throws IOException {
    for (String path : List.of("train/cats/1.jpg", "valid/cats/2.jpg", "test/cats/3.jpg")) {
      write(temp.resolve("roboflow").resolve(path));
    }
    for (String path : List.of("Training/cats/1.jpg", "Testing/cats/2.jpg")) {
      write(temp.resolve("kaggle/brain").resolve(path));
    }
    for (String path : List.of("valid/1.jpg", "invalid/1.jpg")) {
      write(temp.resolve("parts").resolve(path));
    }
    try (ImageSource source = ImageSources.open(temp.resolve("roboflow"))) {
      assertThat(source.labels()).containsExactly("cats");
      assertThat(source.heldOut().count()).isEqualTo(2);
    }
    try (ImageSource source = ImageSources.open(temp.resolve("kaggle"))) {
      assertThat(source.labels()).containsExactly("cats");
      assertThat(source.heldOut().count()).isEqualTo(1);
    }
    try (ImageSource source = ImageSources.open(temp.resolve("parts"))) {
      assertThat(source.labels()).containsExactly("invalid", "valid");
    }
  }

  private static byte[] tar() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var archive = new TarArchiveOutputStream(bytes)) {
      file(archive, "cats/a.jpg", TarConstants.LF_NORMAL, "a");
    }
    return bytes.toByteArray();
  }

  private static byte[] packed(String compression, byte[] bytes)
      throws IOException, CompressorException {
    var out = new ByteArrayOutputStream();
    String name = compression.equals("zstd") ? CompressorStreamFactory.ZSTANDARD : compression;
    try (var packing = new CompressorStreamFactory().createCompressorOutputStream(name, out)) {
      packing.write(bytes);
    }
    return out.toByteArray();
  }

  private static void stored(ZipArchiveOutputStream out, String path, String content)
      throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    raw(out, path, ZipArchiveEntry.STORED, bytes, bytes);
  }

  private static void raw(
      ZipArchiveOutputStream out, String path, int method, byte[] content, byte[] packed)
      throws IOException {
    var entry = new ZipArchiveEntry(path);
    var crc = new CRC32();
    crc.update(content);
    entry.setMethod(method);
    entry.setCrc(crc.getValue());
    entry.setSize(content.length);
    entry.setCompressedSize(packed.length);
    out.addRawArchiveEntry(entry, new ByteArrayInputStream(packed));
  }

  private static void file(TarArchiveOutputStream tar, String path, byte kind, String content)
      throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    var header = new TarArchiveEntry(path, kind);
    header.setSize(bytes.length);
    tar.putArchiveEntry(header);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static void link(TarArchiveOutputStream tar, String path, String target)
      throws IOException {
    var header = new TarArchiveEntry(path, TarConstants.LF_SYMLINK);
    header.setLinkName(target);
    tar.putArchiveEntry(header);
    tar.closeArchiveEntry();
  }

  private static void write(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, file.toString());
  }
}
