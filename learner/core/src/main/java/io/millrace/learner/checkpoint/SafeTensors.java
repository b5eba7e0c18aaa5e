package io.millrace.learner.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The safetensors format: eight bytes of header length (little-endian), a JSON header of names,
 * types, shapes and offsets, then the arrays one after another, little-endian, row-major. See <a
 * href="https://github.com/huggingface/safetensors">huggingface/safetensors</a>.
 *
 * @param metadata texts about the file
 * @param tensors arrays by name, in file order
 */
public record SafeTensors(Map<String, String> metadata, Map<String, HostTensor> tensors) {
  private static final int MAX_HEADER = 100_000_000;
  private static final int CHUNK = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  public SafeTensors {
    metadata = new LinkedHashMap<>(metadata);
    tensors = new LinkedHashMap<>(tensors);
  }

  /** Writes the format, one array after another. */
  public void writeTo(OutputStream out) throws IOException {
    var header = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      header.set("__metadata__", JSON.valueToTree(metadata));
    }
    long at = 0;
    for (var entry : tensors.entrySet()) {
      HostTensor tensor = entry.getValue();
      long end = at + elements(tensor.shape()) * width(tensor.values());
      var node = header.putObject(entry.getKey());
      node.put("dtype", type(tensor.values()));
      tensor.shape().forEach(node.putArray("shape")::add);
      node.putArray("data_offsets").add(at).add(end);
      at = end;
    }
    byte[] text = JSON.writeValueAsBytes(header);
    byte[] padded = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
    Arrays.fill(padded, text.length, padded.length, (byte) ' ');
    var length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(padded.length);
    out.write(length.array());
    out.write(padded);
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    for (HostTensor tensor : tensors.values()) {
      write(tensor.values(), chunk, out);
    }
  }

  /**
   * Reads a file.
   *
   * @throws IOException naming the file and what is wrong with it
   */
  public static SafeTensors read(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return new Reader(file, channel).read();
    } catch (RuntimeException e) {
      throw new IOException(file + " is no readable safetensors file: " + e.getMessage(), e);
    }
  }

  private static void write(Object values, ByteBuffer chunk, OutputStream out) throws IOException {
    if (values instanceof byte[] v) {
      out.write(v);
      return;
    }
    int width = width(values);
    int length = java.lang.reflect.Array.getLength(values);
    int perChunk = CHUNK / width;
    for (int from = 0; from < length; from += perChunk) {
      int n = Math.min(perChunk, length - from);
      chunk.clear();
      if (values instanceof float[] v) {
        chunk.asFloatBuffer().put(v, from, n);
      } else if (values instanceof double[] v) {
        chunk.asDoubleBuffer().put(v, from, n);
      } else if (values instanceof long[] v) {
        chunk.asLongBuffer().put(v, from, n);
      }
      out.write(chunk.array(), 0, n * width);
    }
  }

  private static String type(Object values) {
    if (values instanceof float[]) {
      return "F32";
    } else if (values instanceof double[]) {
      return "F64";
    } else if (values instanceof long[]) {
      return "I64";
    }
    return "U8";
  }

  private static int width(Object values) {
    if (values instanceof float[]) {
      return 4;
    }
    return values instanceof byte[] ? 1 : 8;
  }

  private static long elements(List<Long> shape) {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  private record Reader(Path file, FileChannel channel) {
    SafeTensors read() throws IOException {
      long size = channel.size();
      if (size < 8) {
        throw broken("it has " + size + " bytes, a header length alone takes 8");
      }
      long headerLength = bytes(0, 8).getLong();
      if (headerLength < 2 || headerLength > MAX_HEADER || 8 + headerLength > size) {
        throw broken("its header length is " + headerLength + " in a file of " + size + " bytes");
      }
      byte[] text = new byte[(int) headerLength];
      bytes(8, headerLength).get(text);
      JsonNode header = JSON.readTree(new String(text, StandardCharsets.UTF_8));
      var metadata = new LinkedHashMap<String, String>();
      var tensors = new LinkedHashMap<String, HostTensor>();
      long start = 8 + headerLength;
      long expected = 0;
      for (var field : header.properties()) {
        if (field.getKey().equals("__metadata__")) {
          field
              .getValue()
              .properties()
              .forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
          continue;
        }
        JsonNode node = field.getValue();
        long from = node.path("data_offsets").path(0).asLong(-1);
        long to = node.path("data_offsets").path(1).asLong(-1);
        var shape = new ArrayList<Long>();
        node.path("shape").forEach(length -> shape.add(length.asLong()));
        if (from != expected || to < from || start + to > size) {
          throw broken(
              "tensor "
                  + field.getKey()
                  + " lies at "
                  + from
                  + " to "
                  + to
                  + ", expected from "
                  + expected
                  + " in "
                  + (size - start)
                  + " bytes of data");
        }
        tensors.put(field.getKey(), tensor(field.getKey(), node, shape, start + from, to - from));
        expected = to;
      }
      if (start + expected != size) {
        throw broken((size - start - expected) + " bytes after the last tensor");
      }
      return new SafeTensors(metadata, tensors);
    }

    private HostTensor tensor(String name, JsonNode node, List<Long> shape, long at, long bytes)
        throws IOException {
      String type = node.path("dtype").asText();
      int width =
          switch (type) {
            case "F32" -> 4;
            case "F64", "I64" -> 8;
            case "U8" -> 1;
            default ->
                throw broken(
                    "tensor " + name + " is of type " + type + ": expected F32, F64, I64 or U8");
          };
      long n = elements(shape);
      if (n * width != bytes || n > Integer.MAX_VALUE - 8) {
        throw broken(
            "tensor "
                + name
                + " of shape "
                + shape
                + " and type "
                + type
                + " has "
                + bytes
                + " bytes");
      }
      ByteBuffer data = bytes(at, bytes);
      Object values;
      switch (type) {
        case "F32" -> {
          float[] v = new float[(int) n];
          data.asFloatBuffer().get(v);
          values = v;
        }
        case "F64" -> {
          double[] v = new double[(int) n];
          data.asDoubleBuffer().get(v);
          values = v;
        }
        case "I64" -> {
          long[] v = new long[(int) n];
          data.asLongBuffer().get(v);
          values = v;
        }
        default -> {
          byte[] v = new byte[(int) n];
          data.get(v);
          values = v;
        }
      }
      return new HostTensor(shape, values);
    }

    private ByteBuffer bytes(long at, long length) throws IOException {
      if (length > Integer.MAX_VALUE - 8) {
        throw broken(length + " bytes in one piece, at most 2 GiB can be read");
      }
      ByteBuffer out = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
      while (out.hasRemaining()) {
        if (channel.read(out, at + out.position()) < 0) {
          throw broken("it ends at " + (at + out.position()));
        }
      }
      return out.flip();
    }

    private IOException broken(String how) {
      return new IOException(file + " is no readable safetensors file: " + how);
    }
  }
}
