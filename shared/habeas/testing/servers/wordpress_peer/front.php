<?php
// What PHP's own server runs for every request, which it would not log itself.
error_log( "{$_SERVER['REQUEST_METHOD']} {$_SERVER['REQUEST_URI']}" );
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require __DIR__ . '/site.php';
wp();
http_response_code( 404 ); // wp() ends where it has answered
