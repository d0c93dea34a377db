// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "./Markets.sol";
import {Token} from "./Tokens.sol";
import {WETH9} from "./WETH9.sol";

/// Buys and sells at a pool with the wrapped coin on one side, as any contract does that needs a token for a moment.
library Shop {
    WETH9 internal constant WETH = WETH9(payable(0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2));

    /// Spends coins, and says how much it got for them.
    function buy(Pool pool, uint256 coins) internal returns (uint256) {
        WETH.deposit{value: coins}();
        WETH.approve(address(pool), coins);
        return pool.sell(Token(address(WETH)), coins, address(this));
    }

    /// Sells all it has of a token for coins.
    function sellAll(Pool pool, Token token) internal returns (uint256 coins) {
        uint256 amount = token.balanceOf(address(this));
        token.approve(address(pool), amount);
        coins = pool.sell(token, amount, address(this));
        WETH.withdraw(coins);
    }
}
