package io.millrace.learner.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsTest {
  @TempDir Path directory;

  private Path write(SafeTensors tensors) throws IOException {
    Path file = directory.resolve("t.safetensors");
    try (var out = Files.newOutputStream(file)) {
      tensors.writeTo(out);
    }
    return file;
  }

  private static SafeTensors example() {
    var tensors = new LinkedHashMap<String, HostTensor>();
    tensors.put("b", new HostTensor(List.of(2L, 3L), new float[] {1, 2, 3, 4, 5, Float.NaN}));
    tensors.put("a", HostTensor.vector(new double[] {Math.PI, -0.0}));
    tensors.put("count", new HostTensor(List.of(), new long[] {Long.MIN_VALUE}));
    tensors.put("bytes", HostTensor.vector(new byte[] {-1, 0, 1}));
    tensors.put("nothing", HostTensor.vector(new float[0]));
    return new SafeTensors(Map.of("format", "pt"), tensors);
  }

  @Test
  void whatIsWrittenIsReadBackInOrder() throws IOException {
    SafeTensors read = SafeTensors.read(write(example()));
    assertThat(read.metadata()).isEqualTo(Map.of("format", "pt"));
    assertThat(read.tensors().keySet()).containsExactly("b", "a", "count", "bytes", "nothing");
    example()
        .tensors()
        .forEach(
            (name, tensor) -> {
              HostTensor back = read.tensors().get(name);
              assertThat(back).isNotNull();
              assertThat(back.shape()).isEqualTo(tensor.shape());
              assertThat(back.values()).isEqualTo(tensor.values());
            });
  }

  @Test
  void arraysLongerThanAChunkAreWhole() throws IOException {
    float[] values = new float[700_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.5f;
    }
    Path file = write(new SafeTensors(Map.of(), Map.of("x", HostTensor.vector(values))));
    assertThat(SafeTensors.read(file).tensors().get("x").values()).isEqualTo(values);
  }

  @Test
  void theBytesAreThoseTheFormatPrescribes() throws IOException {
    var out = new ByteArrayOutputStream();
    new SafeTensors(Map.of(), Map.of("w", HostTensor.vector(new float[] {1.5f}))).writeTo(out);
    String header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    int padded = (header.length() + 7) / 8 * 8;
    ByteBuffer expected = ByteBuffer.allocate(8 + padded + 4).order(ByteOrder.LITTLE_ENDIAN);
    expected.putLong(padded);
    expected.put((header + " ".repeat(padded - header.length())).getBytes(StandardCharsets.UTF_8));
    expected.putFloat(1.5f);
    assertThat(out.toByteArray()).isEqualTo(expected.array());
  }

  @Test
  void headersThatAskForTooMuchAreRefusedBeforeAnythingIsMade() throws IOException {
    String empty = "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
    var many = new StringBuilder("{\"t\":" + empty);
    for (int i = 0; i < 1_500_000; i++) {
      many.append(",\"").append(i).append("\":").append(empty);
    }
    assertRefused(many.append('}').toString(), "over 65536 tensors");
    assertRefused("{\"" + "n".repeat(1001) + "\":" + empty + "}", "1001 characters");
    assertRefused(tensor("[" + "1,".repeat(16) + "1]", "F32", 0, 4), "at most 16 numbers");
    assertRefused(tensor("[-1,-1]", "F32", 0, 4), "0 or more");
    assertRefused(tensor("[2147483647,2147483647,4]", "F32", 0, 0), "no readable safetensors");
    assertRefused(tensor("[1e3]", "F32", 0, 0), "no whole number");
    assertRefused(tensor("[0]", "F32", 0, Long.MAX_VALUE), "lies at 0 to 9223372036854775807");
    assertRefused(tensor("[[0]]", "F32", 0, 0), "no whole number");
    assertRefused(tensor("[0]", "BF16", 0, 0), "of type BF16");
    assertRefused("{\"t\":" + empty + ",\"t\":" + empty + "}", "two tensors are called t");
    assertRefused("{\"t\":[]}", "'t' is no JSON object");
    assertRefused("[]", "no JSON object");
    assertRefused("[".repeat(100_000), "no JSON");
  }

  private static String tensor(String shape, String type, long from, long to) {
    return "{\"t\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}}"
        .formatted(type, shape, from, to);
  }

  private void assertRefused(String header, String words) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    Path file = directory.resolve("bad.safetensors");
    ByteBuffer bytes = ByteBuffer.allocate(8 + text.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(text.length).put(text).array());
    assertThatThrownBy(() -> SafeTensors.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bad.safetensors")
        .hasMessageContaining(words);
  }

  @Test
  void everyCutFileIsRefusedByName() throws IOException {
    Path file = write(example());
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> SafeTensors.read(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("t.safetensors");
    }
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length + 1));
    assertThatThrownBy(() -> SafeTensors.read(file)).hasMessageContaining("after the last tensor");
  }

  @Test
  void overlappingTensorsAndForeignTypesAreRefused() throws IOException {
    assertThatThrownBy(
            () ->
                readHeader(
                    "{\"x\":{\"dtype\":\"BF16\",\"shape\":[1]," + "\"data_offsets\":[0,2]}}", 2))
        .hasMessageContaining("tensor x is of type BF16");
    assertThatThrownBy(
            () ->
                readHeader(
                    "{\"x\":{\"dtype\":\"F32\",\"shape\":[1]," + "\"data_offsets\":[4,8]}}", 8))
        .hasMessageContaining("tensor x lies at 4 to 8");
    assertThatThrownBy(
            () ->
                readHeader(
                    "{\"x\":{\"dtype\":\"F32\",\"shape\":[9]," + "\"data_offsets\":[0,4]}}", 4))
        .hasMessageContaining("shape [9]");
  }

  private SafeTensors readHeader(String header, int data) throws IOException {
    Path file = directory.resolve("h.safetensors");
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length() + data).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length()).put(header.getBytes(StandardCharsets.UTF_8));
    Files.write(file, bytes.array());
    return SafeTensors.read(file);
  }
}
