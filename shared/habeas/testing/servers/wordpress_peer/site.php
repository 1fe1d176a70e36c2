<?php
// WordPress as Debian packages it, with a database, a content folder and settings of our own: nothing of the package
// is written to, and nothing leaves this machine.
define( 'ABSPATH', getenv( 'PEER_WORDPRESS' ) . '/' );
define( 'WP_CONTENT_DIR', getenv( 'PEER_FOLDER' ) . '/content' );
define( 'DB_HOST', getenv( 'PEER_DB_HOST' ) );
define( 'DB_NAME', getenv( 'PEER_DB_NAME' ) );
define( 'DB_USER', getenv( 'PEER_DB_USER' ) );
define( 'DB_PASSWORD', '' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'WP_HOME', getenv( 'PEER_URL' ) );
define( 'WP_SITEURL', getenv( 'PEER_URL' ) );
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $use ) {
	define( "{$use}_KEY", hash( 'sha256', WP_CONTENT_DIR . $use ) );
	define( "{$use}_SALT", hash( 'sha256', $use . WP_CONTENT_DIR ) );
}
define( 'WP_ENVIRONMENT_TYPE', 'local' ); // else there are no application passwords on plain HTTP
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'DISABLE_WP_CRON', true );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', getenv( 'PEER_FOLDER' ) . '/debug.log' );
$table_prefix = 'wp_';

function wp_mail() {
	return true;
}

require ABSPATH . 'wp-settings.php';
