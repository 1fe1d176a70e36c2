<?php
/**
 * Plugin Name: Habeas companion
 * Description: Lets Habeas ask what the plugins of this site register as exporters and erasers of personal data.
 * Version: 1.0.0
 * Requires at least: 5.4
 * Requires PHP: 7.4
 * License: GPL-2.0-or-later
 *
 * WordPress has these exporters and erasers since 4.9.6, and no REST route to them. The routes here take the address in
 * the body, and need the same rights as the pages of WordPress. Its own exporters and erasers of accounts, comments and
 * media are left out, as they have routes of their own.
 */

namespace Habeas;

use Throwable;
use WP_Error;
use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

const OF_WORDPRESS = array( 'wordpress-user', 'wordpress-comments', 'wordpress-media' );
const MOST_PAGES   = 1000;

add_action( 'rest_api_init', __NAMESPACE__ . '\register_routes' );

/** Opens the four routes. */
function register_routes() {
	$reads  = fn() => current_user_can( 'export_others_personal_data' );
	$erases = fn() => current_user_can( 'erase_others_personal_data' );
	$email  = array(
		'email' => array(
			'type'              => 'string',
			'required'          => true,
			'validate_callback' => fn( $email ) => is_string( $email ) && is_email( $email ),
		),
	);
	$user   = array( 'user' => array( 'type' => 'integer', 'required' => true ) );
	foreach (
		array(
			array( 'find', 'find', $reads, $email ),
			array( 'items', 'items', $reads, $email ),
			array( 'sessions', 'sessions', $reads, $user ),
			array( 'erase', 'erase', $erases, $email ),
		) as list( $route, $answer, $may, $args )
	) {
		register_rest_route(
			'habeas/v1',
			$route,
			array(
				'methods'             => 'POST',
				'permission_callback' => $may,
				'args'                => $args,
				'callback'            => fn( WP_REST_Request $asked ) => answer( __NAMESPACE__ . "\\$answer", $asked ),
			)
		);
	}
}

/** What a function gives, or an error that names the plugin and nobody else. */
function answer( $callback, WP_REST_Request $asked ) {
	try {
		return $callback( $asked );
	} catch ( Failed $failed ) {
		return new WP_Error( 'habeas_failed', $failed->getMessage(), array( 'status' => 500 ) );
	}
}

/** An exporter or eraser that gave no proper answer. */
class Failed extends \Exception {}

/** The person, if any exporter knows the address, with the number of items of each. */
function find( WP_REST_Request $asked ) {
	$items = collect( $asked['email'] );
	$parts = array_count_values( array_column( $items, 'exporter' ) );
	ksort( $parts );
	$person = array( 'key' => key_of( $asked['email'] ), 'email' => $asked['email'], 'parts' => $parts );
	return array( 'people' => $items ? array( $person ) : array() );
}

/** What the exporters have under the address. */
function items( WP_REST_Request $asked ) {
	return array( 'items' => collect( $asked['email'] ) );
}

/** Where an account is signed in, which its own route does not tell. */
function sessions( WP_REST_Request $asked ) {
	$user = get_userdata( $asked['user'] );
	if ( ! $user ) {
		return array( 'items' => array() );
	}
	$answer = ask( 'wordpress-user', 'wp_user_personal_data_exporter', $user->user_email, 1, array( 'data' ) );
	$items  = merge( 'wordpress-user', array_filter( $answer['data'], fn( $item ) => 'user' !== $item['group_id'] ), array() );
	return array( 'items' => array_map( fn( $item ) => $item + array( 'user' => $user->ID ), array_values( $items ) ) );
}

/** Runs every eraser to its end; whether something went, and whether something stays. */
function erase( WP_REST_Request $asked ) {
	$told = array( 'removed' => false, 'retained' => false );
	foreach ( registered( 'wp_privacy_personal_data_erasers' ) as $name => $callback ) {
		foreach ( pages( $name, $callback, $asked['email'], array( 'items_removed', 'items_retained', 'done' ) ) as $answer ) {
			$told['removed']  = $told['removed'] || $answer['items_removed'];
			$told['retained'] = $told['retained'] || $answer['items_retained'];
		}
	}
	return $told;
}

function collect( $email ) {
	$items = array();
	foreach ( registered( 'wp_privacy_personal_data_exporters' ) as $name => $callback ) {
		foreach ( pages( $name, $callback, $email, array( 'data', 'done' ) ) as $answer ) {
			$items = merge( $name, $answer['data'], $items );
		}
	}
	return array_map( fn( $item ) => $item + array( 'person' => key_of( $email ) ), array_values( $items ) );
}

/** Adds items to those that are there; what has the same group and number is one, as in WordPress's own export. */
function merge( $exporter, $more, $items ) {
	foreach ( $more as $item ) {
		$at = "$exporter\n{$item['group_id']}\n{$item['item_id']}";
		if ( isset( $items[ $at ] ) ) {
			array_push( $items[ $at ]['data'], ...array_values( $item['data'] ) );
			continue;
		}
		$items[ $at ] = array(
			'exporter' => (string) $exporter,
			'group'    => (string) $item['group_id'],
			'label'    => wp_strip_all_tags( $item['group_label'] ?? '' ),
			'item'     => (string) $item['item_id'],
			'data'     => array_values( $item['data'] ),
		);
	}
	return $items;
}

function registered( $filter ) {
	$found = array();
	foreach ( apply_filters( $filter, array() ) as $name => $each ) {
		if ( ! in_array( $name, OF_WORDPRESS, true ) ) {
			$found[ $name ] = $each['callback'] ?? null;
		}
	}
	return $found;
}

function pages( $name, $callback, $email, $keys ) {
	for ( $page = 1; $page <= MOST_PAGES; $page++ ) {
		$answer = ask( $name, $callback, $email, $page, $keys );
		yield $answer;
		if ( $answer['done'] ) {
			return;
		}
	}
	throw new Failed( "$name does not come to an end" );
}

function ask( $name, $callback, $email, $page, $keys ) {
	try {
		$answer = is_callable( $callback ) ? $callback( $email, $page ) : null;
	} catch ( Throwable $trouble ) {
		$answer = null;
	}
	if ( ! is_array( $answer ) || array_diff( $keys, array_keys( $answer ) ) ) {
		throw new Failed( "$name gave no proper answer" );
	}
	return $answer;
}

function key_of( $email ) {
	return hash_hmac( 'sha256', strtolower( $email ), wp_salt() );
}
