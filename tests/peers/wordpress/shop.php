<?php
/**
 * Plugin Name: A shop
 * Description: Keeps orders in an option, and gives and erases one a page, as WordPress wants it of a plugin.
 */

function shop_page( $email, $page ) {
	$orders = get_option( 'shop_orders', array() )[ strtolower( $email ) ] ?? array();
	return array( array_slice( $orders, $page - 1, 1 ), $page >= count( $orders ) );
}

add_filter(
	'wp_privacy_personal_data_exporters',
	function ( $exporters ) {
		$export = function ( $email, $page ) {
			$mood = get_option( 'shop_mood', '' );
			if ( 'throws' === $mood ) {
				throw new Exception( "no orders of $email today" );
			}
			list( $orders, $done ) = shop_page( $email, $page );
			$items = array_map(
				fn( $order ) => array(
					'group_id'    => 'orders',
					'group_label' => '<b>Orders</b>',
					'item_id'     => "order-$order",
					'data'        => array( array( 'name' => 'Number', 'value' => $order ) ),
				),
				$orders
			);
			return array( 'data' => $items, 'done' => 'endless' === $mood ? false : $done );
		};
		return $exporters + array( 'shop' => array( 'exporter_friendly_name' => 'Shop', 'callback' => $export ) );
	}
);

add_filter(
	'wp_privacy_personal_data_erasers',
	function ( $erasers ) {
		$erase = function ( $email, $page ) {
			$all  = get_option( 'shop_orders', array() );
			$mine = $all[ strtolower( $email ) ] ?? array();
			$keep = 'keeps' === get_option( 'shop_mood', '' );
			if ( ! $keep ) {
				array_shift( $mine );
				$all[ strtolower( $email ) ] = $mine;
				update_option( 'shop_orders', array_filter( $all ) );
			}
			return array(
				'items_removed'  => ! $keep,
				'items_retained' => $keep,
				'messages'       => $keep ? array( "The orders of $email are needed" ) : array(),
				'done'           => $keep || ! $mine,
			);
		};
		return $erasers + array( 'shop' => array( 'eraser_friendly_name' => 'Shop', 'callback' => $erase ) );
	}
);
