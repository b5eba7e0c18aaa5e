package io.millrace.ingest.broker;

import java.io.IOException;
import java.net.ServerSocket;

/**
 * The two ports of a broker.
 *
 * @param clients where clients connect
 * @param controller where the controller listens
 */
record Ports(int clients, int controller) {
  /**
   * Takes a given port, or a free one, and another free one.
   *
   * @param port 0 for a free one
   * @throws IllegalStateException when it is taken, or none is free
   */
  static Ports choose(String host, int port) {
    // Both are held at once: a port just given back may be the next one that is free.
    try (ServerSocket clients = FreePort.open(host, port);
        ServerSocket controller = FreePort.open(host, 0)) {
      return new Ports(clients.getLocalPort(), controller.getLocalPort());
    } catch (IOException e) {
      throw new IllegalStateException(
          "the broker cannot listen on " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  /** Whether a broker could take the port now. */
  static boolean areFree(String host, int port) {
    try {
      choose(host, port);
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }
}
