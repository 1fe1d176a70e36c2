<?php
/**
 * Plugin Name: Habeas
 * Description: Lets Habeas ask every personal data exporter and eraser that plugins register, over the REST API.
 * Version: 0.1.0
 * Requires at least: 5.6
 * Requires PHP: 7.2
 * License: GPL-2.0-or-later
 * License URI: https://www.gnu.org/licenses/gpl-2.0.html
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This file is free software: you can redistribute it and/or modify it under the terms of the GNU General Public
 * License as published by the Free Software Foundation, either version 2 of the License, or (at your option) any later
 * version. It comes without any warranty. It runs inside of WordPress, so that it has WordPress's licence; nothing
 * else of Habeas is under it.
 */

namespace Habeas;

defined( 'ABSPATH' ) || exit;

/** The option with the names of all exporters that were ever seen here; it tells nothing of anybody. */
const KNOWN = 'habeas_exporters';
/** What WordPress' exporter of accounts tells and the REST API does, too: said once is enough, and plugins add more. */
const TOLD = array(
	'User ID', 'User Login Name', 'User Nice Name', 'User Email', 'User URL', 'User Registration Date',
	'User Display Name', 'User Nickname', 'User First Name', 'User Last Name', 'User Description',
);

add_action( 'rest_api_init', __NAMESPACE__ . '\register_routes' );
// Some plugins register only in the dashboard, and some register late.
add_action( 'admin_init', __NAMESPACE__ . '\remember_exporters', PHP_INT_MAX );
register_deactivation_hook( __FILE__, __NAMESPACE__ . '\forget_exporters' );

function register_routes() {
	$asked = array(
		'exporter' => array( 'type' => 'string', 'required' => true ),
		'email'    => array( 'type' => 'string', 'required' => true ),
		'page'     => array( 'type' => 'integer', 'minimum' => 1, 'default' => 1 ),
	);
	$routes = array(
		'exporters' => array( 'GET', 'list_exporters', 'export_others_personal_data', array() ),
		'sources'   => array( 'POST', 'find_source', 'export_others_personal_data', $asked ),
		'items'     => array( 'POST', 'list_items', 'export_others_personal_data', $asked ),
		'erasures'  => array( 'POST', 'erase', 'erase_others_personal_data', $asked ),
	);
	foreach ( $routes as $path => list( $method, $callback, $capability, $args ) ) {
		register_rest_route(
			'habeas/v1',
			"/$path",
			array(
				'methods'             => $method,
				'callback'            => __NAMESPACE__ . "\\$callback",
				'permission_callback' => function () use ( $capability ) {
					return current_user_can( $capability );
				},
				'args'                => $args,
			)
		);
	}
}

/** Every exporter or eraser that is registered now, by its name. */
function registered( $what ) {
	return (array) apply_filters( "wp_privacy_personal_data_$what", array() );
}

function remember_exporters() {
	$known = (array) get_option( KNOWN, array() );
	$all   = array_unique( array_merge( $known, array_map( 'strval', array_keys( registered( 'exporters' ) ) ) ) );
	if ( count( $all ) > count( $known ) ) {
		update_option( KNOWN, array_values( $all ), false );
	}
}

function forget_exporters() {
	delete_option( KNOWN );
}

/** All exporters. One that was here once and is not now is an error: what it found may still lie in its tables. */
function list_exporters() {
	remember_exporters();
	$exporters = registered( 'exporters' );
	$erasers   = registered( 'erasers' );
	$lost      = array_values( array_diff( get_option( KNOWN ), array_keys( $exporters ) ) );
	if ( $lost ) {
		return refusal( 'habeas_lost', 409, array( 'exporters' => $lost ) );
	}
	$told = array();
	foreach ( $exporters as $key => $exporter ) {
		$name   = isset( $exporter['exporter_friendly_name'] ) ? $exporter['exporter_friendly_name'] : $key;
		$told[] = array( 'key' => (string) $key, 'name' => (string) $name );
	}
	$alone = array_map( 'strval', array_keys( array_diff_key( $erasers, $exporters ) ) );
	return array( 'exporters' => $told, 'erasers_alone' => $alone );
}

/** Whether an exporter holds anything under an address: nothing, or one source. `next` is the page to ask for then. */
function find_source( $request ) {
	$answer = export( $request['exporter'], $request['email'], $request['page'] );
	if ( is_wp_error( $answer ) || ! $answer['items'] ) {
		return is_wp_error( $answer ) ? $answer : array( 'sources' => array(), 'next' => $answer['next'] );
	}
	$source = array(
		'id'       => digest( $request['exporter'], strtolower( $request['email'] ) ),
		'exporter' => $request['exporter'],
		'email'    => $request['email'],
		'erasable' => isset( registered( 'erasers' )[ $request['exporter'] ] ),
	);
	return array( 'sources' => array( $source ), 'next' => null );
}

/** One page of what an exporter holds under an address. */
function list_items( $request ) {
	return export( $request['exporter'], $request['email'], $request['page'] );
}

/** Runs one page of the eraser that has the exporter's name. Its messages may tell of the person, and stay here. */
function erase( $request ) {
	$erasers = registered( 'erasers' );
	$key     = $request['exporter'];
	if ( ! isset( $erasers[ $key ] ) || ! is_email( $request['email'] ) ) {
		return refusal( 'habeas_unknown', 404 );
	}
	$fields = array( 'items_removed', 'items_retained', 'messages', 'done' );
	$answer = run( $erasers[ $key ], "eraser $key", $request, $fields );
	return is_wp_error( $answer ) ? $answer : array(
		'email'          => $request['email'],
		'page'           => $request['page'],
		'items_removed'  => (bool) $answer['items_removed'],
		'items_retained' => (bool) $answer['items_retained'],
		'next'           => $answer['done'] ? null : $request['page'] + 1,
	);
}

function export( $key, $email, $page ) {
	$exporters = registered( 'exporters' );
	if ( ! isset( $exporters[ $key ] ) ) {
		return refusal( 'habeas_unknown', 404 );
	}
	if ( ! is_email( $email ) ) {
		// The database takes some letters for others (an accent for none): who is no address here is nobody.
		return array( 'items' => array(), 'next' => null );
	}
	$answer = run( $exporters[ $key ], "exporter $key", compact( 'email', 'page' ), array( 'data', 'done' ) );
	if ( is_wp_error( $answer ) ) {
		return $answer;
	}
	$items = array();
	foreach ( is_array( $answer['data'] ) ? $answer['data'] : array( null ) as $item ) {
		if ( ! isset( $item['group_id'], $item['item_id'], $item['data'] ) || ! is_array( $item['data'] ) ) {
			return refusal( 'habeas_failed', 500, array( 'what' => "exporter $key" ) );
		}
		$data = array_values( $item['data'] );
		if ( 'wordpress-user' === $key && 'user' === $item['group_id'] ) {
			$data = array_values( array_filter( $data, __NAMESPACE__ . '\is_more' ) );
			if ( ! $data ) {
				continue;
			}
		}
		$id = digest( $key, strtolower( $email ), $item['group_id'], $item['item_id'] );
		if ( ! isset( $items[ $id ] ) ) {
			$items[ $id ] = array(
				'id'       => $id,
				'exporter' => $key,
				'email'    => $email,
				'group_id' => (string) $item['group_id'],
				'group'    => isset( $item['group_label'] ) ? $item['group_label'] : '',
				'item_id'  => (string) $item['item_id'],
				'data'     => array(),
			);
		}
		// One item may come in parts: WordPress, too, puts together what has the same group and number.
		$items[ $id ]['data'] = array_merge( $items[ $id ]['data'], $data );
	}
	return array( 'items' => array_values( $items ), 'next' => $answer['done'] ? null : $page + 1 );
}

function is_more( $part ) {
	return ! in_array( $part['name'], array_map( '__', TOLD ), true );
}

/** What a callback answers, if it has all its fields; where it fails the log tells which and where, and nothing else. */
function run( $registered, $what, $request, $fields ) {
	// They are written for the dashboard, and count on its functions.
	require_once ABSPATH . 'wp-admin/includes/admin.php';
	try {
		$answer = call_user_func( $registered['callback'], $request['email'], $request['page'] );
		if ( is_array( $answer ) && ! array_diff_key( array_flip( $fields ), $answer ) ) {
			return $answer;
		}
		error_log( "Habeas: $what answers in no form that WordPress knows" );
	} catch ( \Throwable $error ) {
		error_log( "Habeas: $what ends with " . get_class( $error ) . " at {$error->getFile()}:{$error->getLine()}" );
	}
	return refusal( 'habeas_failed', 500, array( 'what' => $what ) );
}

function refusal( $code, $status, $more = array() ) {
	return new \WP_Error( $code, 'See the page on WordPress in the documentation of Habeas.', compact( 'status' ) + $more );
}

/** A name for something under an address that does not show the address, to whoever has not the site's own salt. */
function digest( ...$parts ) {
	return hash_hmac( 'sha256', implode( "\0", $parts ), wp_salt() );
}
