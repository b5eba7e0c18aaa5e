package io.millrace.ingest.decode;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/** A byte array read as a file, without a copy; fails once the time is up. */
final class ByteArrayStream extends ImageInputStreamImpl {
  private final byte[] bytes;
  private final DecodeTimer timer;

  ByteArrayStream(byte[] bytes, DecodeTimer timer) {
    this.bytes = bytes;
    this.timer = timer;
  }

  @Override
  public int read() throws IOException {
    checkClosed();
    bitOffset = 0;
    return streamPos >= bytes.length ? -1 : bytes[(int) streamPos++] & 0xFF;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    checkClosed();
    bitOffset = 0;
    timer.check();
    if (streamPos >= bytes.length) {
      return length == 0 ? 0 : -1;
    }
    int count = (int) Math.min(length, bytes.length - streamPos);
    System.arraycopy(bytes, (int) streamPos, into, from, count);
    streamPos += count;
    return count;
  }

  @Override
  public long length() {
    return bytes.length;
  }

  @Override
  public boolean isCached() {
    return true;
  }

  @Override
  public boolean isCachedMemory() {
    return true;
  }
}
