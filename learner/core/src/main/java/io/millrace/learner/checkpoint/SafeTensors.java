package io.millrace.learner.checkpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
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
  private static final int MAX_TENSORS = 65_536;
  private static final int MAX_NAME = 1_000;
  private static final int MAX_DIMENSIONS = 16;
  private static final int MAX_SHOWN = 100;
  private static final JsonFactory HEADERS =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(8).maxNameLength(10_000).build())
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();
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

  /** What the header says of a tensor. */
  private record Entry(String type, List<Long> shape, long from, long to) {}

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
      var metadata = new LinkedHashMap<String, String>();
      var entries = new LinkedHashMap<String, Entry>();
      header(text, metadata, entries);
      long start = 8 + headerLength;
      long expected = 0;
      // All of it is looked at before the first array is made.
      for (var e : entries.entrySet()) {
        Entry entry = e.getValue();
        if (entry.from != expected || entry.to < entry.from || entry.to > size - start) {
          throw broken(
              "tensor "
                  + e.getKey()
                  + " lies at "
                  + entry.from
                  + " to "
                  + entry.to
                  + ", expected from "
                  + expected
                  + " in "
                  + (size - start)
                  + " bytes of data");
        }
        requireFits(e.getKey(), entry);
        expected = entry.to;
      }
      if (start + expected != size) {
        throw broken((size - start - expected) + " bytes after the last tensor");
      }
      var tensors = new LinkedHashMap<String, HostTensor>();
      for (var e : entries.entrySet()) {
        tensors.put(e.getKey(), tensor(e.getValue(), start));
      }
      return new SafeTensors(metadata, tensors);
    }

    /** Reads the header piece by piece, so that one with too much in it costs little. */
    private void header(byte[] text, Map<String, String> metadata, Map<String, Entry> entries)
        throws IOException {
      try (JsonParser in = HEADERS.createParser(text)) {
        require(in.nextToken() == JsonToken.START_OBJECT, "its header is no JSON object");
        while (in.nextToken() == JsonToken.FIELD_NAME) {
          String name = in.currentName();
          require(
              in.nextToken() == JsonToken.START_OBJECT, "'" + shown(name) + "' is no JSON object");
          if (name.equals("__metadata__")) {
            while (in.nextToken() == JsonToken.FIELD_NAME) {
              String key = in.currentName();
              in.nextToken();
              metadata.put(key, in.getValueAsString(""));
              in.skipChildren();
              require(metadata.size() <= MAX_TENSORS, "over " + MAX_TENSORS + " words about it");
            }
          } else {
            require(
                name.length() <= MAX_NAME,
                "a tensor's name has " + name.length() + " characters: at most " + MAX_NAME);
            require(entries.put(name, entry(in, name)) == null, "two tensors are called " + name);
            require(entries.size() <= MAX_TENSORS, "over " + MAX_TENSORS + " tensors");
          }
        }
        require(in.currentToken() == JsonToken.END_OBJECT, "its header ends too soon");
      } catch (JacksonException e) {
        throw broken("its header is no JSON: " + e.getOriginalMessage());
      }
    }

    private Entry entry(JsonParser in, String name) throws IOException {
      String type = "";
      List<Long> shape = List.of();
      List<Long> offsets = List.of();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String key = in.currentName();
        in.nextToken();
        switch (key) {
          case "dtype" -> type = in.getValueAsString("");
          case "shape" -> shape = numbers(in, name, key);
          case "data_offsets" -> offsets = numbers(in, name, key);
          default -> in.skipChildren();
        }
      }
      require(offsets.size() == 2, "tensor " + name + " has " + offsets.size() + " data_offsets");
      return new Entry(type, shape, offsets.get(0), offsets.get(1));
    }

    private List<Long> numbers(JsonParser in, String name, String key) throws IOException {
      require(in.currentToken() == JsonToken.START_ARRAY, "tensor " + name + ": no list as " + key);
      var out = new ArrayList<Long>(4);
      while (in.nextToken() == JsonToken.VALUE_NUMBER_INT) {
        out.add(in.getLongValue());
        require(
            out.size() <= MAX_DIMENSIONS && out.get(out.size() - 1) >= 0,
            "tensor "
                + name
                + " has "
                + key
                + " "
                + out
                + ": expected at most "
                + MAX_DIMENSIONS
                + " numbers of 0 or more");
      }
      require(
          in.currentToken() == JsonToken.END_ARRAY,
          "tensor " + name + ": " + key + " holds what is no whole number");
      return out;
    }

    private void requireFits(String name, Entry entry) throws IOException {
      int width =
          switch (entry.type) {
            case "F32" -> 4;
            case "F64", "I64" -> 8;
            case "U8" -> 1;
            default ->
                throw broken(
                    "tensor "
                        + name
                        + " is of type "
                        + shown(entry.type)
                        + ": expected F32, F64, I64 or U8");
          };
      long n = elements(entry.shape);
      require(
          n <= (Integer.MAX_VALUE - 8) / width && n * width == entry.to - entry.from,
          "tensor "
              + name
              + " of shape "
              + entry.shape
              + " and type "
              + entry.type
              + " has "
              + (entry.to - entry.from)
              + " bytes");
    }

    private HostTensor tensor(Entry entry, long start) throws IOException {
      int n = (int) elements(entry.shape);
      ByteBuffer data = bytes(start + entry.from, entry.to - entry.from);
      Object values;
      switch (entry.type) {
        case "F32" -> {
          float[] v = new float[n];
          data.asFloatBuffer().get(v);
          values = v;
        }
        case "F64" -> {
          double[] v = new double[n];
          data.asDoubleBuffer().get(v);
          values = v;
        }
        case "I64" -> {
          long[] v = new long[n];
          data.asLongBuffer().get(v);
          values = v;
        }
        default -> {
          byte[] v = new byte[n];
          data.get(v);
          values = v;
        }
      }
      return new HostTensor(entry.shape, values);
    }

    private static String shown(String text) {
      return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
    }

    private void require(boolean holds, String otherwise) throws IOException {
      if (!holds) {
        throw broken(otherwise);
      }
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
