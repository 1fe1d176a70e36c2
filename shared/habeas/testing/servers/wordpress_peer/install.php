<?php
define( 'WP_INSTALLING', true );

function wp_new_blog_notification() {
}

require __DIR__ . '/site.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'Shop', 'admin', 'admin@shop.example', false, '', wp_generate_password() );
update_option( 'permalink_structure', '/%postname%/' );
