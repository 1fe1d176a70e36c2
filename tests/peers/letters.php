<?php
/**
 * Plugin Name: Letters
 *
 * Somebody else's plugin: it keeps letters in a table, exports and erases them one a page, and fails as it is told.
 */

add_filter( 'wp_privacy_personal_data_exporters', function ( $exporters ) {
	$exporters['letters'] = array( 'exporter_friendly_name' => 'Letters', 'callback' => 'letters_export' );
	if ( 'dashboard' === letters_mood() && ! is_admin() ) {
		unset( $exporters['letters'] );
	}
	if ( 'ledger' === letters_mood() ) {
		$exporters['ledger'] = array( 'exporter_friendly_name' => 'Ledger', 'callback' => 'ledger_export' );
	}
	return 'unregistered' === letters_mood() ? array_diff_key( $exporters, array( 'letters' => 1 ) ) : $exporters;
} );
add_filter( 'wp_privacy_personal_data_erasers', function ( $erasers ) {
	$erasers['letters'] = array( 'eraser_friendly_name' => 'Letters', 'callback' => 'letters_erase' );
	if ( 'alone' === letters_mood() ) {
		$erasers['stamps'] = $erasers['letters'];
	}
	return $erasers;
} );
add_action( 'rest_api_init', function () {
	if ( 'breaks' === letters_mood() ) {
		a_function_that_is_not_there();
	}
} );
add_filter( 'rest_prepare_user', function ( $response ) {
	if ( 'drifts' === letters_mood() ) {
		unset( $response->data['email'] );
	}
	return $response;
} );
add_filter( 'rest_endpoints', function ( $endpoints ) {
	return 'secures' === letters_mood() ? array_diff_key( $endpoints, array( '/wp/v2/users/(?P<id>[\d]+)' => 1 ) ) : $endpoints;
} );

function letters_mood() {
	return get_option( 'letters_mood' );
}

function letters_of( $email ) {
	global $wpdb;
	return $wpdb->get_results( $wpdb->prepare( 'SELECT * FROM wp_letters WHERE email = %s ORDER BY id', $email ) );
}

function letters_export( $email, $page ) {
	if ( 'throws' === letters_mood() ) {
		throw new RuntimeException( "no letters of $email" );
	}
	if ( 'wordless' === letters_mood() ) {
		return new WP_Error( 'wordless', $email );
	}
	$letters = letters_of( $email );
	$data    = array();
	foreach ( array_slice( $letters, $page - 1, 1 ) as $letter ) {
		$data[] = array(
			'group_id'    => 'letters',
			'group_label' => 'Letters',
			'item_id'     => 'twins' === letters_mood() ? 'letter' : "letter-{$letter->id}",
			'data'        => array( array( 'name' => 'Text', 'value' => $letter->text ) ),
		);
	}
	return array( 'data' => $data, 'done' => $page >= count( $letters ) );
}

function letters_erase( $email, $page ) {
	global $wpdb;
	get_plugins(); // which only the dashboard has
	$letters = letters_of( $email );
	if ( 'throws later' === letters_mood() && $page > 1 ) {
		throw new RuntimeException( "no letters of $email" );
	}
	$retained = 'retains' === letters_mood() && 1 === count( $letters );
	if ( $letters && ! $retained && 'lies' !== letters_mood() ) {
		$wpdb->delete( 'wp_letters', array( 'id' => $letters[0]->id ) );
	}
	return array(
		'items_removed'  => (bool) $letters,
		'items_retained' => $retained,
		'messages'       => array( "A letter of $email is kept." ),
		'done'           => $retained || 'lies' === letters_mood() || count( $letters ) < 2,
	);
}

/** It has no eraser. */
function ledger_export( $email ) {
	$data = array();
	if ( letters_of( $email ) ) {
		$data[] = array( 'group_id' => 'ledger', 'item_id' => '7', 'data' => array( array( 'name' => 'Sum', 'value' => '12' ) ) );
	}
	return array( 'data' => $data, 'done' => true );
}
