package io.millrace.ingest.broker;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports of this machine for servers that are started later, or again on the same port.
 *
 * <p>They are below those that Linux, macOS and Windows give to outgoing connections (from 32,768
 * and 49,152 on) and below Kubernetes' node ports (from 30,000 on). A port among the former may be
 * another program's connection by the time the server comes, and while the server is away even that
 * of a client which asks for it again and again: such a client can end up connected to itself, and
 * the server finds its port taken.
 */
public final class FreePort {
  static final int FIRST = 20_000;
  static final int LAST = 29_999;
  private static final int COUNT = LAST - FIRST + 1;

  /** Anywhere, so that processes beside each other seldom ask for the same. */
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private FreePort() {}

  /**
   * A port of the loopback address that nobody listens on now; none twice in a row.
   *
   * @throws IOException when there is none
   */
  public static int next() throws IOException {
    try (ServerSocket socket = open("127.0.0.1", 0)) {
      return socket.getLocalPort();
    }
  }

  /** Holds this port; for 0 such a free one, or any where all of them are taken. */
  static ServerSocket open(String host, int port) throws IOException {
    for (int i = 0; port == 0 && i < COUNT; i++) {
      try {
        return bound(host, FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT));
      } catch (BindException e) {
        continue; // taken; the next one
      }
    }
    return bound(host, port);
  }

  private static ServerSocket bound(String host, int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
