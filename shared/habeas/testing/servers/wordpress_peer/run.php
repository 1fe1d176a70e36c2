<?php
// Runs what stands in a file, as an administrator would in the dashboard, and prints what it returns as JSON.
define( 'WP_ADMIN', true );
require __DIR__ . '/site.php';
require ABSPATH . 'wp-admin/includes/admin.php';
wp_set_current_user( 1 );
echo wp_json_encode( require $argv[1] );
