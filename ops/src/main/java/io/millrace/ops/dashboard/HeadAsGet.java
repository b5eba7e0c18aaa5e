package io.millrace.ops.dashboard;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Lets every route answer HEAD as it answers GET (RFC 9110, 9.3.2): the routes see a GET, and the
 * server, which knows better, sends no body.
 */
final class HeadAsGet extends Handler.Wrapper {
  /** Attribute of a request that is a HEAD in truth. */
  static final String IS_HEAD = "io.millrace.head";

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (!request.getMethod().equals("HEAD")) {
      return super.handle(request, response, callback);
    }
    request.setAttribute(IS_HEAD, true);
    return super.handle(
        new Request.Wrapper(request) {
          @Override
          public String getMethod() {
            return "GET";
          }
        },
        response,
        callback);
  }
}
