<?php
/** Lets the site have Ann, Bob and what is theirs, and nothing else; run on the site, with WordPress around it. */

require_once ABSPATH . 'wp-admin/includes/user.php';
global $wpdb;
foreach ( get_users( array( 'exclude' => array( 1 ) ) ) as $user ) {
	wp_delete_user( $user->ID, 1 );
}
foreach ( get_comments( array( 'status' => 'any' ) ) as $comment ) {
	wp_delete_comment( $comment, true );
}
update_option( 'shop_mood', '' );
$numbers = array();
$orders  = array();
foreach ( array( 'ann', 'bob', 'joann' ) as $name ) {
	$email = "$name@example.com";
	$user  = wp_insert_user( array( 'user_login' => $name, 'user_pass' => "$name's", 'user_email' => $email, 'role' => 'subscriber' ) );
	WP_Session_Tokens::get_instance( $user )->create( time() + DAY_IN_SECONDS );
	$numbers[ $name ] = array( 'user' => $user, 'comments' => array() );
	foreach ( array( 1, 0, 'spam' ) as $approved ) {
		$numbers[ $name ]['comments'][] = wp_insert_comment(
			array(
				'comment_post_ID'      => 1,
				'comment_author'       => ucfirst( $name ),
				'comment_author_email' => 0 === $approved ? strtoupper( $email ) : $email,
				'comment_author_IP'    => '192.0.2.7',
				'comment_content'      => "Hello from $name",
				'comment_approved'     => $approved,
			)
		);
	}
	$orders[ $email ] = array( "{$user}01", "{$user}02" );
}
update_option( 'shop_orders', $orders );
echo wp_json_encode( $numbers );
