"""nginx's configuration with places for values; each directive that is not obvious with its reason."""

from typing import Final

PLAIN: Final = "listen {host}:{port};"
TLS: Final = """\
listen {host}:{port} ssl;
    ssl_certificate "{certificate}";
    ssl_certificate_key "{key}";
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:2m;
    ssl_session_timeout 1h;"""
REDIRECT: Final = """
  server {{
    listen {host}:{port};
    return 308 https://$host$request_uri;
  }}
"""

TEMPLATE: Final = r"""# Written by Loa at every start: changes here are lost.
{owner}
worker_processes 2;
worker_rlimit_nofile {open_files};
pid "{folder}/nginx.pid";
# Errors name whole request lines, with the secrets of addresses: the access log below names what failed without them.
error_log stderr alert;
daemon off;
events {{ worker_connections {connections}; }}

http {{
  server_tokens off;
  types {{
    text/html html; text/css css; text/javascript js mjs; application/json json map; image/svg+xml svg;
    image/png png; image/x-icon ico; font/woff2 woff2; application/manifest+json webmanifest;
  }}
  default_type application/octet-stream;

  client_body_temp_path "{folder}/body";
  proxy_temp_path "{folder}/proxy";
  fastcgi_temp_path "{folder}/unused";
  uwsgi_temp_path "{folder}/unused";
  scgi_temp_path "{folder}/unused";

  # A connection that stalls ends here and costs no thread of ours.
  client_header_timeout 10s;
  client_body_timeout 10s;
  send_timeout 10s;
  keepalive_timeout 30s;
  reset_timedout_connection on;
  # A request reaches a web process when all of it is here; an answer leaves the web process at once.
  proxy_request_buffering on;
  proxy_buffering on;
  proxy_buffers 16 16k;
  proxy_max_temp_file_size 256m;
  client_body_buffer_size 64k;
  proxy_http_version 1.1;
  proxy_connect_timeout 5s;
  proxy_read_timeout 300s;
  proxy_next_upstream off;

  # The address that the outermost of our own proxies saw.
  map $http_x_forwarded_for $client {{ {client} }}
  map {said_scheme} $scheme_outside {{ default $scheme; https https; http http; }}
  # Many devices and offices share one address. This machine itself is not limited.
  map $client $limited {{ default $client; 127.0.0.1 ""; ::1 ""; }}
  limit_conn_zone $limited zone=connections:10m;
  limit_conn_zone $limited zone=downloads:10m;
  limit_conn_status 429;
  limit_conn_log_level error;

  # No query and no secret of an address is written down.
  map $request_uri $logged_path {{
    default -;
    "~^(?<kept_path>/api/v1/(?:calendar|stations)/feeds/)[^/?]+(?<rest_path>[^?]*)" "$kept_path***$rest_path";
    "~^(?<whole_path>[^?]*)" $whole_path;
  }}
  log_format loa '$time_iso8601 $client $request_method $logged_path $status $body_bytes_sent '
    '$request_time $upstream_response_time';
  # The supervisor asks every second.
  map $request_uri $is_logged {{ default 1; "/health" 0; }}
  access_log "{log}" loa if=$is_logged;

  proxy_set_header Host $http_host;
  proxy_set_header Connection "";
  proxy_set_header X-Forwarded-For {forwarded};
  proxy_set_header X-Forwarded-Proto $scheme_outside;
  proxy_set_header Forwarded "";
  proxy_set_header Proxy "";

  upstream web {{ server "unix:{web_socket}"; }}
  upstream urgent_web {{ server "unix:{urgent_socket}"; }}
  # A program that asks again and again how an alert stands is the other one's.
  map $request_method $writing_web {{ default urgent_web; GET web; HEAD web; }}

  proxy_cache_path "{folder}/public" keys_zone=public:2m max_size=64m inactive=60s use_temp_path=off;
  map $upstream_http_cache_control $is_for_one {{ default 1; "~^public" ""; }}
  map $arg_v $kept_for {{ default "public, max-age=31536000, immutable"; "" "no-cache"; }}
{redirect}
  server {{
    {listener}
    limit_conn connections {of_one};
    client_max_body_size {upload_mb}m;
    error_page 413 @too_large;
    error_page 429 @too_many;
    error_page 502 504 @away;

    # What an open alert page asks each second, and recordings.
    location ~ "^/alerts/(?:news$|[^/]+/(?:live|state|map|plot|report|sounds|recordings/[^/]+)$)" {{
      proxy_pass http://web;
    }}
    # Alerts, stops, approvals, sign-in and signs of life: a process that nothing else can keep busy.
    location ~ "^/(?:alerts|stop|stops|approvals|sign-in|sign-out|second-factor|health)(?:/|$)" {{
      client_max_body_size 1m;
      proxy_read_timeout 60s;
      proxy_pass http://urgent_web;
    }}
    location ~ "^/(?:bulletins/[^/]+/approval|live/[^/]+/stop)$" {{
      client_max_body_size 1m;
      proxy_read_timeout 60s;
      proxy_pass http://urgent_web;
    }}
    location ~ "^/api/v1/(?:(?:alerts|stops)(?:/|$)|bulletins/[^/]+/approve$|live-addresses/[^/]+/stop$)" {{
      client_max_body_size 1m;
      proxy_read_timeout 60s;
      error_page 413 @api_too_large;
      error_page 429 @api_too_many;
      error_page 502 504 @api_away;
      proxy_pass http://$writing_web;
    }}
    location /api/ {{
      error_page 413 @api_too_large;
      error_page 429 @api_too_many;
      error_page 502 504 @api_away;
      proxy_pass http://web;
    }}

    # The public's words are short, and its pages the same for everybody.
    location /cong-khai/ {{
      client_max_body_size 128k;
      proxy_cache public;
      proxy_cache_lock on;
      proxy_ignore_headers Cache-Control Expires;
      proxy_cache_valid 200 5s;
      proxy_no_cache $is_for_one;
      proxy_pass http://web;
    }}
    location /content/ {{
      limit_conn downloads {downloads};
      client_max_body_size 1k;
      proxy_pass http://web;
    }}
    # Only what a web process answers with X-Accel-Redirect gets here.
    location /_stored/ {{
      internal;
      limit_conn downloads {downloads};
      alias "{content}/";
      sendfile on;
      tcp_nopush on;
    }}
    location /assets/ {{
      alias "{assets}/";
      sendfile on;
      tcp_nopush on;
      gzip on;
      gzip_vary on;
      gzip_min_length 1000;
      gzip_types text/css text/javascript application/json image/svg+xml;
      add_header Cache-Control $kept_for;
      add_header X-Content-Type-Options nosniff;
      add_header Content-Security-Policy "default-src 'none'; style-src 'unsafe-inline'";
      add_header Strict-Transport-Security {hsts};
    }}
    location / {{
      proxy_pass http://web;
    }}

    location @too_large {{
      default_type "text/html; charset=utf-8";
      return 413 "<!doctype html><html lang=vi><meta name=viewport content='width=device-width'><title>Loa</title>
<h1>Tệp quá lớn</h1><p>Hãy nén hoặc cắt ngắn rồi gửi lại.</p>
<p lang=en>This file is too large. Shorten it and send it again.</p></html>";
    }}
    location @too_many {{
      default_type "text/html; charset=utf-8";
      add_header Retry-After 10 always;
      return 429 "<!doctype html><html lang=vi><meta name=viewport content='width=device-width'><title>Loa</title>
<h1>Quá nhiều kết nối</h1><p>Nơi của bạn đang mở quá nhiều kết nối. Hãy đợi vài giây rồi thử lại.</p>
<p lang=en>Too many connections from your address. Wait some seconds and try again.</p></html>";
    }}
    location @away {{
      default_type "text/html; charset=utf-8";
      add_header Retry-After 5 always;
      return 502 "<!doctype html><html lang=vi><meta name=viewport content='width=device-width'><title>Loa</title>
<h1>Máy chủ đang khởi động lại</h1><p>Việc vừa rồi có thể chưa được lưu. Hãy đợi vài giây, tải lại trang rồi kiểm tra.
Nếu vẫn vậy, hãy báo kỹ thuật viên.</p>
<p lang=en>The server is starting again. Wait some seconds, reload, and check what was saved.</p></html>";
    }}
    location @api_too_large {{
      default_type application/problem+json;
      return 413 '{{"type":"about:blank","title":"The body is too large","status":413}}';
    }}
    location @api_too_many {{
      default_type application/problem+json;
      add_header Retry-After 10 always;
      return 429 '{{"type":"about:blank","title":"Too many connections from this address","status":429}}';
    }}
    location @api_away {{
      default_type application/problem+json;
      add_header Retry-After 5 always;
      return 502 '{{"type":"about:blank","title":"The server is starting again","status":502}}';
    }}
  }}
}}
"""
