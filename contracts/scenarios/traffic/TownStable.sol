// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// Three dollars in one pool, by Curve's invariant, for four basis points.
contract TownStable is ERC20("Three dollars", "3CRV") {
    using SafeERC20 for IERC20;

    IERC20[3] public coins;
    uint256[3] public balances;
    uint256[3] private rates;
    uint256 private constant AMP = 200;

    event TokenExchange(address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought);
    event AddLiquidity(address indexed provider, uint256[3] token_amounts, uint256 invariant, uint256 token_supply);
    event RemoveLiquidity(address indexed provider, uint256[3] token_amounts, uint256 token_supply);

    constructor(IERC20[3] memory coins_, uint256[3] memory rates_) {
        (coins, rates) = (coins_, rates_);
    }

    function exchange(int128 i_, int128 j_, uint256 dx, uint256 least) external {
        (uint256 i, uint256 j) = (uint256(int256(i_)), uint256(int256(j_)));
        uint256[3] memory xp = scaled();
        uint256 y = solve(i, j, xp[i] + dx * rates[i], xp);
        uint256 dy = (xp[j] - y - 1) * 9996 / 10_000 / rates[j];
        require(dy >= least, "Exchange resulted in fewer coins than expected");
        balances[i] += dx;
        balances[j] -= dy;
        coins[i].safeTransferFrom(msg.sender, address(this), dx);
        coins[j].safeTransfer(msg.sender, dy);
        emit TokenExchange(msg.sender, i_, dx, j_, dy);
    }

    function add_liquidity(uint256[3] calldata amounts, uint256 least) external returns (uint256 shares) {
        uint256 before = invariant(scaled());
        for (uint256 i = 0; i < 3; i++) {
            if (amounts[i] == 0) continue;
            balances[i] += amounts[i];
            coins[i].safeTransferFrom(msg.sender, address(this), amounts[i]);
        }
        uint256 d = invariant(scaled());
        shares = totalSupply() == 0 ? d : (d - before) * totalSupply() / before * 9998 / 10_000;
        require(shares >= least, "Slippage screwed you");
        _mint(msg.sender, shares);
        emit AddLiquidity(msg.sender, amounts, d, totalSupply());
    }

    function remove_liquidity(uint256 shares, uint256[3] calldata least) external {
        uint256[3] memory out;
        uint256 supply = totalSupply();
        _burn(msg.sender, shares);
        for (uint256 i = 0; i < 3; i++) {
            out[i] = balances[i] * shares / supply;
            require(out[i] >= least[i], "Withdrawal resulted in fewer coins than expected");
            balances[i] -= out[i];
            coins[i].safeTransfer(msg.sender, out[i]);
        }
        emit RemoveLiquidity(msg.sender, out, totalSupply());
    }

    function get_virtual_price() external view returns (uint256) {
        return invariant(scaled()) * 1e18 / totalSupply();
    }

    function scaled() private view returns (uint256[3] memory xp) {
        for (uint256 i = 0; i < 3; i++) xp[i] = balances[i] * rates[i];
    }

    function invariant(uint256[3] memory xp) private pure returns (uint256 d) {
        uint256 sum = xp[0] + xp[1] + xp[2];
        if (sum == 0) return 0;
        d = sum;
        for (uint256 n = 0; n < 255; n++) {
            uint256 p = d;
            for (uint256 k = 0; k < 3; k++) p = p * d / (xp[k] * 3);
            uint256 last = d;
            d = (AMP * 3 * sum + p * 3) * d / ((AMP * 3 - 1) * d + 4 * p);
            if (d > last ? d - last <= 1 : last - d <= 1) return d;
        }
    }

    function solve(uint256 i, uint256 j, uint256 x, uint256[3] memory xp) private pure returns (uint256 y) {
        uint256 d = invariant(xp);
        (uint256 c, uint256 sum) = (d, 0);
        for (uint256 k = 0; k < 3; k++) {
            if (k == j) continue;
            uint256 each = k == i ? x : xp[k];
            sum += each;
            c = c * d / (each * 3);
        }
        c = c * d / (AMP * 9);
        uint256 b = sum + d / (AMP * 3);
        y = d;
        for (uint256 n = 0; n < 255; n++) {
            uint256 last = y;
            y = (y * y + c) / (2 * y + b - d);
            if (y > last ? y - last <= 1 : last - y <= 1) return y;
        }
    }
}
