package io.millrace.ops.dashboard;

import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;

/** The files of the live page: its own, and those of the chart library's WebJar. */
final class PageFiles {
  private static final String SCRIPT = "text/javascript; charset=utf-8";
  private static final String STYLE = "text/css; charset=utf-8";
  private static final List<String> SCRIPTS =
      List.of(
          "app",
          "charts",
          "compare",
          "dom",
          "figures",
          "groups",
          "map",
          "mark",
          "pictures",
          "releases",
          "search",
          "selection",
          "words");

  private PageFiles() {}

  static void register(RoutesConfig routes) {
    file(routes, "/", "page/index.html", "text/html; charset=utf-8");
    for (String script : SCRIPTS) {
      file(routes, "/" + script + ".js", "page/" + script + ".js", SCRIPT);
    }
    file(routes, "/style.css", "page/style.css", STYLE);
    file(routes, "/icon.svg", "page/icon.svg", "image/svg+xml");
    String uplot = "/META-INF/resources/webjars/uplot/" + uplotVersion() + "/dist/";
    file(routes, "/lib/uplot.js", uplot + "uPlot.iife.min.js", SCRIPT);
    file(routes, "/lib/uplot.css", uplot + "uPlot.min.css", STYLE);
  }

  private static void file(RoutesConfig routes, String path, String resource, String type) {
    byte[] bytes = resource(resource);
    routes.get(path, ctx -> ctx.contentType(type).result(bytes));
  }

  private static byte[] resource(String name) {
    try (InputStream in = PageFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String uplotVersion() {
    var properties = new Properties();
    try (InputStream in =
        PageFiles.class.getResourceAsStream(
            "/META-INF/maven/org.webjars.npm/uplot/pom.properties")) {
      if (in == null) {
        throw new IllegalStateException("uPlot's WebJar is missing from this build");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }
}
